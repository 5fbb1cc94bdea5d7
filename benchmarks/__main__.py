"""``make bench`` and ``make bench-quick``."""

import argparse
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from importlib.metadata import version
from pathlib import Path

from benchmarks.frozen import PINNED, FrozenIndex
from benchmarks.measuring import Stopwatch
from benchmarks.picture import draw
from benchmarks.report import render
from benchmarks.results import Results
from benchmarks.scenarios import ALL_TOOLS, Bench, Extent, time_check, time_functions, time_set, time_start_up, warm_up
from benchmarks.sets import CHECKED, HUNDRED, LARGE, TINY, TWENTY, Set
from benchmarks.synthetic import write_packages
from benchmarks.tools import OURS, OURS_UV, PEX, PIP_COMPILE_HASHES, PIP_DOWNLOAD, UV, Tool, Toolbox, set_up_pex
from ca_vendor.emulator import Emulator

HERE = Path(__file__).parent


def main() -> None:
    """Measure, print, and, where asked to, write the page and the picture."""
    options = _parse()
    cache = options.cache or Path.home() / ".cache" / "ca-vendor-benchmarks"
    kept = cache / ("quick.json" if options.quick else "results.json")
    results = Results.read(kept) if options.render else _measure(options, cache)
    results.write(kept)
    text = render(results)
    print(text)
    if options.write:
        (HERE / "RESULTS.md").write_text(text)
        (HERE / "results.svg").write_text(draw(results))


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--tools", type=Path, required=True, help="directory of uv, pip, pip-compile and pex3")
    parser.add_argument("--quick", action="store_true", help="less of everything: under three minutes")
    parser.add_argument("--write", action="store_true", help="write RESULTS.md and results.svg")
    parser.add_argument("--render", action="store_true", help="measure nothing: the last run once more")
    parser.add_argument("--pin", action="store_true", help="write pinned.json from what is asked for now")
    parser.add_argument("--rounds", type=int, help="how often each thing is timed")
    parser.add_argument("--only", action="append", choices=_FULL, help="a part, to time it alone")
    parser.add_argument("--cache", type=Path, help="where the frozen index is kept")
    return parser.parse_args()


def _measure(options: argparse.Namespace, cache: Path) -> Results:
    cache.mkdir(parents=True, exist_ok=True)
    packages = write_packages(cache, quick=options.quick)
    frozen = FrozenIndex(cache)
    results = Results()
    with tempfile.TemporaryDirectory(prefix="benchmark-", dir=cache) as scratch:
        emulator = Emulator(packages=packages, upstream=frozen)
        with emulator, Stopwatch(emulator, Path(scratch)) as stopwatch:
            toolbox = Toolbox(
                directory=options.tools.absolute(),
                emulator=emulator,
                pex_root=cache / "pex-root",
                scratch=Path(scratch) / "sites",
            )
            bench = Bench(
                toolbox=toolbox,
                stopwatch=stopwatch,
                results=results,
                rounds=options.rounds or (1 if options.quick else 3),
                say=lambda line: print(line, file=sys.stderr, flush=True),
            )
            _note_facts(results, toolbox)
            _run(bench, frozen, options)
    return results


def _run(bench: Bench, frozen: FrozenIndex, options: argparse.Namespace) -> None:
    real: tuple[Set, ...] = (TWENTY,) if options.quick else (TWENTY, HUNDRED)
    tools = (OURS, OURS_UV, UV, PIP_DOWNLOAD) if options.quick else ALL_TOOLS
    parts = set(options.only or (_QUICK if options.quick else _FULL))
    if not options.quick:
        set_up_pex(bench.toolbox, TINY)
    warm_up(bench, frozen, real, tools)
    if options.pin:
        frozen.pin(PINNED)
    for name, part in _parts(bench, tools if options.quick else (*tools, PIP_COMPILE_HASHES)).items():
        if name in parts:
            part()


def _parts(bench: Bench, tools: Sequence[Tool]) -> Mapping[str, Callable[[], None]]:
    """Return what can be timed, by name, in order."""
    quickest = (OURS, OURS_UV, UV)
    functions = (OURS, OURS_UV) if len(tools) > len(quickest) + 1 else (OURS_UV,)
    return {
        "start": lambda: time_start_up(bench),
        "20": lambda: time_set(bench, "far", TWENTY, tools, Extent(once=False)),
        "300": lambda: time_set(bench, "far", TINY, [tool for tool in ALL_TOOLS if tool is not PEX]),
        "100": lambda: time_set(bench, "far", HUNDRED, tools),
        "near": lambda: time_set(bench, "near", HUNDRED, quickest),
        "unshaped": lambda: time_set(bench, "unshaped", HUNDRED, quickest),
        "large": lambda: time_set(replace(bench, rounds=1), "far", LARGE, (OURS, UV), Extent(everything=False)),
        "check": lambda: time_check(bench, CHECKED),
        "functions": lambda: time_functions(bench, "far", functions, count=300),
    }


_QUICK = ("start", "20", "check", "functions")
_FULL = (*_QUICK, "300", "100", "near", "unshaped", "large")


def _note_facts(results: Results, toolbox: Toolbox) -> None:
    tools = {name: _version(toolbox, name) for name in ("uv", "pip", "pip-tools", "pex")}
    results.facts |= {
        "date": date.today().isoformat(),
        "machine": f"{os.cpu_count()} cores, {_processor()}, {platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "ca-vendor": version("ca-vendor"),
        **tools,
    }


def _version(toolbox: Toolbox, project: str) -> str:
    [found] = [
        path.name.removesuffix(".dist-info").rpartition("-")[2]
        for path in toolbox.directory.parent.glob(f"lib/python*/site-packages/{project.replace('-', '_')}-*.dist-info")
    ]
    return found


def _processor() -> str:
    information = Path("/proc/cpuinfo")
    if information.exists():
        for line in information.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor()


if __name__ == "__main__":
    if shutil.which("sha256sum") is None:
        sys.exit("sha256sum is needed")
    main()
