"""Write a trained reader into `models/reader`: half-precision safetensors and the tokenizer.

python -m training.export_reader build/reader models/reader
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

import torch
from transformers import AutoModelForQuestionAnswering


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path)
    parser.add_argument("target", type=Path)
    arguments = parser.parse_args()
    model = AutoModelForQuestionAnswering.from_pretrained(arguments.source, dtype=torch.float16)
    model.save_pretrained(arguments.target)
    for name in ("tokenizer.json", "tokenizer_config.json", "training.json"):
        shutil.copy(arguments.source / name, arguments.target / name)


if __name__ == "__main__":
    main()
