"""The plain script with a page, as most people would write it: models, articles, then Gradio."""

from __future__ import annotations

import sys
from pathlib import Path

import gradio as gr
from plain import Plain

if __name__ == "__main__":
    plain = Plain(Path(__file__).parents[1] / "models")
    plain.add([path.read_text(encoding="utf-8") for path in sorted(Path(sys.argv[1]).glob("*.txt"))])
    gr.Interface(plain.answer, "text", "text").launch(server_name="127.0.0.1", server_port=int(sys.argv[2]))
