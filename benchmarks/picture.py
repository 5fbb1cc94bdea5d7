"""results.svg: time per tool, and how it grows with what is asked for."""

import math
from collections.abc import Iterator, Sequence
from html import escape

from benchmarks.goals import link_limit
from benchmarks.results import Results
from benchmarks.scenarios import BOTH, FETCH_COLD, LOCK_COLD

_WIDTH = 960
_COLORS = {
    "ca-vendor": "#1f6feb",
    "ca-vendor, uv": "#54aeff",
    "ca-vendor, uv, token given": "#a5d6ff",
    "uv": "#8250df",
    "pip-compile": "#bf8700",
    "pip-compile --generate-hashes": "#953800",
    "pip download": "#57606a",
    "pex3": "#2da44e",
    "the link's limit": "#24292f",
}
_STYLE = "text{font:13px system-ui,sans-serif;fill:#24292f}.small{font-size:11px;fill:#57606a}.title{font-weight:600}"


def draw(results: Results) -> str:
    """Return the picture, as SVG."""
    parts, top = list[str](), 30.0
    for step in (LOCK_COLD, FETCH_COLD, BOTH):
        bars = [(tool, found.seconds) for tool in _COLORS if (found := results.of("far", "100", step, tool))]
        if bars:
            title = f"{step}: 100 real packages, 80 ms a request, 10 MB/s a connection (seconds, logarithmic)"
            parts += _bars(title, bars, top)
            top += 34 + 22 * len(bars)
    for offset, step in ((0, LOCK_COLD), (_WIDTH // 2, BOTH)):
        parts += _curves(f"{step}: seconds by number of wheels", _growth(results, step), left=offset + 50, top=top + 20)
    height = top + 300
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height:.0f}" role="img">'
        f'<style>{_STYLE}</style><rect width="100%" height="100%" fill="#ffffff"/>{"".join(parts)}</svg>\n'
    )


def _bars(title: str, bars: Sequence[tuple[str, float]], top: float) -> Iterator[str]:
    yield _text(20, top, title, kind="title")
    longest = max(seconds for _, seconds in bars)
    shortest = min(min(seconds for _, seconds in bars) / 2, 1.0)
    for number, (tool, seconds) in enumerate(bars):
        y = top + 12 + 22 * number
        width = 600 * math.log(seconds / shortest) / math.log(longest / shortest)
        yield _text(230, y + 13, tool, anchor="end")
        yield f'<rect x="240" y="{y:.1f}" width="{width:.1f}" height="17" fill="{_COLORS[tool]}"/>'
        yield _text(246 + width, y + 13, f"{seconds:.1f} s")


def _growth(results: Results, step: str) -> dict[str, list[tuple[float, float]]]:
    """Return, by tool, seconds by the number of wheels of each set."""
    curves = dict[str, list[tuple[float, float]]]()
    subjects = [name for name in ("20", "100", "300") if f"wheels {name}" in results.facts]
    for subject in subjects:
        wheels = float(results.facts[f"wheels {subject}"])
        for tool in _COLORS:
            if found := results.of("far", subject, step, tool):
                curves.setdefault(tool, []).append((wheels, found.seconds))
        if step == BOTH:
            curves.setdefault("the link's limit", []).append((wheels, link_limit(results, "far", subject)))
    return curves


def _curves(title: str, curves: dict[str, list[tuple[float, float]]], *, left: float, top: float) -> Iterator[str]:
    points = [point for curve in curves.values() for point in curve]
    if not points:
        return
    width, height = 250.0, 200.0
    most, highest, lowest = max(x for x, _ in points), max(y for _, y in points), min(y for _, y in points)
    floor, ceiling = math.floor(math.log10(lowest)), math.ceil(math.log10(highest))

    def place(x: float, y: float) -> tuple[float, float]:
        return left + width * x / most, top + 14 + height * (ceiling - math.log10(y)) / (ceiling - floor)

    yield _text(left - 30, top, title, kind="title")
    for power in range(floor, ceiling + 1):
        _, y = place(0, 10.0**power)
        yield f'<line x1="{left}" x2="{left + width}" y1="{y:.1f}" y2="{y:.1f}" stroke="#d0d7de"/>'
        yield _text(left - 6, y + 4, f"{10.0**power:g}", anchor="end", kind="small")
    for x in sorted({x for x, _ in points}):
        yield _text(place(x, 1)[0], top + height + 30, f"{x:.0f}", anchor="middle", kind="small")
    labels = _spread([(place(*curve[-1])[1], tool) for tool, curve in curves.items()])
    for tool, curve in curves.items():
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in (place(*point) for point in curve))
        dashes = ' stroke-dasharray="4 3"' if tool == "the link's limit" else ""
        yield f'<polyline points="{path}" fill="none" stroke="{_COLORS[tool]}" stroke-width="2"{dashes}/>'
        for x, y in (place(*point) for point in curve):
            yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{_COLORS[tool]}"/>'
        beside = max(place(*curve[-1])[0], left + width) + 8
        yield _text(beside, labels[tool] + 4, tool, kind="small")


def _spread(labels: list[tuple[float, str]]) -> dict[str, float]:
    """Move labels apart that would lie on each other."""
    placed, last = dict[str, float](), -math.inf
    for y, tool in sorted(labels):
        last = max(y, last + 13)
        placed[tool] = last
    return placed


def _text(x: float, y: float, text: str, *, anchor: str = "start", kind: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" class="{kind}">{escape(text)}</text>'
