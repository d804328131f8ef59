"""The REST interface in words: one page that needs nothing from elsewhere, made from the OpenAPI description."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Any

STYLE = (
    ":root{color-scheme:light dark}body{font:1rem/1.5 system-ui,sans-serif;max-width:62rem;margin:2rem auto;"
    "padding:0 1rem}h2{margin:2rem 0 .3rem;font:600 1.05rem/1.4 ui-monospace,monospace;overflow-wrap:anywhere}"
    "table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.2rem .8rem .2rem 0;vertical-align:top;"
    "border-top:1px solid color-mix(in srgb,currentColor 20%,transparent);overflow-wrap:anywhere}"
    "pre{overflow-x:auto}"
)
EXAMPLE = (
    "curl -s localhost:7860/v1/answer -H 'content-type: application/json' "
    '-d \'{"question": "Why did the talks fail?"}\''
)
BOUNDS = {
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "maxItems": "at most {}",
    "minimum": "from {:.0f}",
    "maximum": "to {:.0f}",
}


def docs_page(schema: dict[str, Any]) -> str:
    """The description ``schema`` as a page: each route with what it does and takes."""
    about = schema["info"]
    routes = "".join(
        route(method, path, operation, schema)
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>kutip: REST</title><style>{STYLE}</style></head><body><main>"
        f"<h1>kutip {escape(about['version'])}</h1><p>{escape(about['description'])} Errors are problem documents "
        '(RFC 9457). The whole description is at <a href="openapi.json">openapi.json</a>.</p>'
        f"<pre>{escape(EXAMPLE)}</pre>{routes}</main></body></html>"
    )


def route(method: str, path: str, operation: dict[str, Any], schema: dict[str, Any]) -> str:
    """One route: its name, what it does, and a table of what it takes."""
    rows = "".join(
        f"<tr><td><code>{escape(name)}</code></td><td>{escape(kind)}</td><td>{escape(words)}</td></tr>"
        for name, kind, words in fields(operation, schema)
    )
    table = f"<table><tr><th>field</th><th>type</th><th></th></tr>{rows}</table>" if rows else ""
    words = operation.get("description") or operation.get("summary", "")
    return f"<h2>{escape(method.upper())} {escape(path)}</h2><p>{escape(words)}</p>{table}"


def fields(operation: dict[str, Any], schema: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Name, type and words of each parameter and each field of the body."""
    for parameter in operation.get("parameters", ()):
        about = parameter["schema"]
        yield parameter["name"], kind_of(about), words_of(about | parameter, parameter.get("required", False))
    content = operation.get("requestBody", {}).get("content", {})
    for media, body in content.items():
        inner = resolved(body["schema"], schema)
        if "properties" not in inner:
            yield "(body)", media, ""
        yield from inner_fields(inner, schema)


def inner_fields(whole: dict[str, Any], schema: dict[str, Any], within: str = "") -> Iterator[tuple[str, str, str]]:
    """The same of an object's fields, those of objects in it behind the name of the field that holds these."""
    for name, about in whole.get("properties", {}).items():
        kinds = (about, *about.get("anyOf", ()), about.get("items", {}))
        inner = next((resolved(one, schema) for one in kinds if "$ref" in one), {})
        kind = " or ".join(inner["enum"]) if "enum" in inner else kind_of(about)
        yield within + name, kind, words_of(about, name in whole.get("required", ()))
        yield from inner_fields(inner, schema, f"{within}{name}[]." if "items" in about else f"{within}{name}.")


def resolved(about: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """What a reference stands for."""
    named = about.get("$ref", "").rsplit("/", 1)[-1]
    found: dict[str, Any] = schema["components"]["schemas"][named] if named else about
    return found


def kind_of(about: dict[str, Any]) -> str:
    """A type in words.

    >>> kind_of({"anyOf": [{"type": "array", "items": {"type": "string"}}, {"type": "null"}]})
    'list of string or null'
    """
    if "anyOf" in about:
        return " or ".join(kind_of(one) for one in about["anyOf"])
    if about.get("type") == "array":
        return f"list of {kind_of(about['items'])}"
    return str(about.get("type", "object"))  # else a reference to one


def words_of(about: dict[str, Any], required: bool) -> str:
    """What is known about a field besides its type.

    >>> words_of({"description": "how many", "minimum": 1, "maximum": 9, "default": 3}, False)
    'how many; from 1; to 9; 3 if left out'
    """
    parts = [about.get("description", ""), "required" if required else ""]
    bounded = [about, *about.get("anyOf", ())]
    parts += [words.format(one[key]) for one in bounded for key, words in BOUNDS.items() if key in one]
    if about.get("default") not in (None, "", []):
        parts.append(f"{about['default']} if left out")
    return "; ".join(filter(None, parts))
