"""Average the weights of two readers, of which one was trained on from the other.

    python -m training.average build/reader build/reader-more build/reader-average --share 0.7

What training on adds on the sets it was trained for is mostly kept, and so is most of what it cost elsewhere
(Wortsman et al. 2022, arXiv:2109.01903).
"""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path

from safetensors.torch import load_file, save_file


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("first", type=Path)
    parser.add_argument("second", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument("--share", type=float, default=0.5, help="of the second")
    arguments = parser.parse_args()
    first, second = (load_file(folder / "model.safetensors") for folder in (arguments.first, arguments.second))
    if first.keys() != second.keys():
        raise SystemExit("the two are not of one shape")
    shutil.copytree(
        arguments.second, arguments.target, dirs_exist_ok=True, ignore=shutil.ignore_patterns("checkpoint*", "*.npy")
    )
    mixed = {
        name: ((1 - arguments.share) * first[name].float() + arguments.share * second[name].float()).contiguous()
        for name in first
    }
    save_file(mixed, arguments.target / "model.safetensors", metadata={"format": "pt"})
    settings = {key: str(value) for key, value in vars(arguments).items()}
    (arguments.target / "training.json").write_text(json.dumps(settings, indent=2), encoding="utf-8")


if __name__ == "__main__":
    main()
