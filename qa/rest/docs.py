"""The REST interface in words: one page that needs nothing from elsewhere."""

from __future__ import annotations

from html import escape
from typing import Any


def docs_page(schema: dict[str, Any]) -> str:
    """The interface as a plain page."""
    rows = []
    for path, methods in schema["paths"].items():
        for method, about in methods.items():
            text = escape(about.get("description") or about.get("summary", ""))
            rows.append(
                f"<tr><td><code>{method.upper()}</code></td><td><code>{escape(path)}</code></td><td>{text}</td></tr>"
            )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        "<title>kutip: REST</title><style>body{font:1rem/1.5 system-ui;max-width:60rem;margin:2rem auto;padding:0 1rem}"
        "td{padding:.3rem .8rem .3rem 0;vertical-align:top}:root{color-scheme:light dark}</style></head><body>"
        f"<h1>kutip {escape(schema['info']['version'])}</h1><p>{escape(schema['info']['description'])}</p>"
        f"<table>{''.join(rows)}</table>"
        '<p>The full description is at <a href="openapi.json">openapi.json</a>. Try:</p><pre>'
        "curl -s localhost:7860/v1/answer -H 'content-type: application/json' "
        '-d \'{"question": "Why did the talks fail?"}\'</pre></body></html>'
    )
