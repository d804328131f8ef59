"""Examples that each command's help ends with; the tests hold them against the real options."""

from __future__ import annotations

EXAMPLES: dict[str, tuple[str, ...]] = {
    "add": ("kutip add news.txt report.pdf folder/", "curl -s https://example.org/feed.xml | kutip add -"),
    "ask": (
        'kutip ask "Why did the talks fail?"',
        "kutip ask   (a chat; /help tells what it takes)",
        'kutip ask "Siapa ketuanya?" --article news.txt --json',
        'kutip ask "Kapan rapat?" --source tempo.co --after 2019-02',
    ),
    "backup": ("kutip backup kutip-2026-11-26.db",),
    "copy": ("kutip copy old/ new/", "kutip copy old/ milvus://db.example:19530/news"),
    "evaluate": (
        "kutip evaluate questions.jsonl",
        "kutip evaluate questions.jsonl --mode end-to-end --corpus news.jsonl --json",
    ),
    "info": ("kutip info --check", "kutip info --compile"),
    "list": ("kutip list --language id --after 2019",),
    "reindex": ("kutip --encoder intfloat/multilingual-e5-base reindex",),
    "remove": ("kutip remove 1f0c2d9e8b7a6543",),
    "restore": ("kutip restore kutip-2026-11-26.db",),
    "search": ('kutip search "sanctions" --limit 3',),
    "serve": (
        "kutip serve --open",
        "kutip serve --host 0.0.0.0 --auth redaksi:SECRET --read-only",
        "kutip --encoder intfloat/multilingual-e5-base serve --reindex",
        "kutip serve --mcp --translator models/opus-mt-id-en",
    ),
    "sync": ("kutip sync folder/",),
}


def epilog(command: str) -> str | None:
    """The examples of a command as click shows them; None without any."""
    lines = EXAMPLES.get(command, ())
    return "\n".join(["\b", "Examples:", *(f"  {line}" for line in lines)]) if lines else None
