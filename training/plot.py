"""The reliability curve as a picture for the model card: plain SVG, light and dark."""

from __future__ import annotations

from collections.abc import Sequence

from qa.metrics import ReliabilityBin

SIDE, LEFT, BOTTOM = 320, 50, 40

STYLE = (
    "text{font:12px system-ui,sans-serif;fill:#333}line,rect{stroke:#999}circle{fill:#2a6fdb}"
    "@media(prefers-color-scheme:dark){text{fill:#ccc}}"
)


def reliability_svg(points: Sequence[ReliabilityBin], title: str) -> str:
    """Share of right quotes over confidence; a point's area is its number of questions, the line is perfection."""
    most = max(point.count for point in points)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIDE + LEFT + 20} {SIDE + BOTTOM + 40}" role="img">',
        f"<title>{title}</title><style>{STYLE}</style>",
        f'<text x="{LEFT}" y="16">{title}</text>',
        f'<rect x="{LEFT}" y="28" width="{SIDE}" height="{SIDE}" fill="none"/>',
        f'<line x1="{LEFT}" y1="{28 + SIDE}" x2="{LEFT + SIDE}" y2="28" stroke-dasharray="4"/>',
    ]
    for tick in (0, 0.25, 0.5, 0.75, 1):
        x, y = LEFT + tick * SIDE, 28 + SIDE - tick * SIDE
        parts.append(f'<text x="{x:.0f}" y="{28 + SIDE + 16}" text-anchor="middle">{tick:.0%}</text>')
        parts.append(f'<text x="{LEFT - 6}" y="{y + 4:.0f}" text-anchor="end">{tick:.0%}</text>')
    for point in points:
        x, y = LEFT + point.confidence * SIDE, 28 + SIDE - point.accuracy * SIDE
        told = f"{point.count} questions: confidence {point.confidence:.0%}, right {point.accuracy:.0%}"
        radius = 3 + 9 * (point.count / most) ** 0.5
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}"><title>{told}</title></circle>')
    parts.append(f'<text x="{LEFT + SIDE / 2:.0f}" y="{28 + SIDE + 34}" text-anchor="middle">confidence</text></svg>')
    return "\n".join(parts) + "\n"
