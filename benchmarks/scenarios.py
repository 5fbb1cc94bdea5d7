"""What is timed: steps on sets over links, every tool in turn in every round."""

import os
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.frozen import FrozenIndex
from benchmarks.measuring import Command, Measured, Stopwatch
from benchmarks.results import Case, Results
from benchmarks.sets import CHECKED, TARGET, Set
from benchmarks.tools import (
    OURS,
    OURS_GIVEN,
    OURS_UV,
    PEX,
    PIP_COMPILE,
    PIP_COMPILE_HASHES,
    PIP_DOWNLOAD,
    UV,
    Site,
    Tool,
    Toolbox,
    drop_caches,
    new_site,
    ours,
)
from ca_vendor.emulator import Shaping

LINKS = {
    "far": Shaping(latency=0.08, per_connection=10e6, total=100e6),
    "near": Shaping(latency=0.02, per_connection=50e6),
    "unshaped": Shaping(),
}
LOCK_COLD, FETCH_AFTER, BOTH = "lock, cold", "fetch after lock", "lock + fetch, cold"
FETCH_WARM, LOCK_SAME, LOCK_CHANGED = "fetch, nothing to do", "lock, nothing changed", "lock, one more requirement"
FETCH_COLD, CHECK, CHECK_SAME = "fetch, cold", "check, every byte", "check, files unchanged"
STEPS = (LOCK_COLD, FETCH_COLD, BOTH, FETCH_AFTER, FETCH_WARM, LOCK_SAME, LOCK_CHANGED, CHECK, CHECK_SAME, "start")
STARTS = {"--version": ("--version",), "--help": ("--help",)}


@dataclass(slots=True, kw_only=True)
class Bench:
    """One run of the benchmark.

    Attributes:
        rounds: how often everything is timed that is not slow.
        say: is told of every figure.
    """

    toolbox: Toolbox
    stopwatch: Stopwatch
    results: Results
    rounds: int
    say: Callable[[str], None]

    def shape(self, link: str) -> None:
        """Choose the link."""
        self.toolbox.emulator.shape(LINKS[link])

    def time(self, case: Case, command: Command) -> Measured:
        """Time a command once."""
        measured = self.stopwatch.run(command)
        self.results.add(case, measured)
        self.say(
            f"{case.link:8} {case.subject:9} {case.step:26} {case.tool:30} {measured.seconds:8.2f} s"
            f" {measured.processor:7.2f} cpu {measured.peak / 1e6:5.0f} MB"
            f" {measured.requests:5} requests {measured.received / 1e6:7.1f} MB"
        )
        return measured


def warm_up(bench: Bench, frozen: FrozenIndex, sets: Sequence[Set], tools: Sequence[Tool]) -> None:
    """Run every tool once on everything real, so that the frozen index has what it needs; then freeze it."""
    bench.shape("unshaped")
    for each in (each for each in sets if each.is_real):
        for tool in tools:
            if tool.lock is None or tool is PIP_COMPILE_HASHES or frozen.has_recorded(tool.name, each.name):
                continue
            site = new_site(bench.toolbox, tool.name, each)
            site.write((*each.requirements, each.added))
            bench.stopwatch.run(tool.lock(site))
            site.write(each.requirements)
            bench.stopwatch.run(tool.lock(site))
            frozen.note_recorded(tool.name, each.name)
        site = new_site(bench.toolbox, UV.name, each)
        bench.stopwatch.run(_uv_lock_of(site))  # the emulator then has every page at hand
    frozen.freeze()


def _uv_lock_of(site: Site) -> Command:
    assert UV.lock
    return UV.lock(site)


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """How much of a set is timed.

    Attributes:
        once: whether slow tools are run in the first round alone; ``--generate-hashes`` always is.
        everything: whether to fetch without a store, and to lock one more requirement, too.
    """

    once: bool = True
    everything: bool = True


def time_set(bench: Bench, link: str, subject: Set, tools: Sequence[Tool], extent: Extent = Extent()) -> None:
    """Time the steps of every tool on a set; the first of the tools is ours."""
    bench.shape(link)
    steps = (_lock_cold, _fetch_after, _fetch_warm, _lock_same)
    for number in range(bench.rounds):
        turn = number % len(tools)
        sites = dict[str, Site]()
        for step in (*steps, _fetch_cold, _lock_changed) if extent.everything else steps:
            for tool in (*tools[turn:], *tools[:turn]):
                if not number or not (tool.is_slow and (extent.once or tool is PIP_COMPILE_HASHES)):
                    step(bench, _Turn(link=link, subject=subject, tool=tool, sites=sites))
        _note_sizes(bench, subject, sites)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Turn:
    link: str
    subject: Set
    tool: Tool
    sites: dict[str, Site]

    @property
    def site(self) -> Site:
        return self.sites[self.tool.name]

    def case(self, step: str) -> Case:
        return Case(link=self.link, subject=self.subject.name, step=step, tool=self.tool.name)


def _lock_cold(bench: Bench, turn: _Turn) -> None:
    turn.sites[turn.tool.name] = site = new_site(bench.toolbox, turn.tool.name, turn.subject)
    if turn.tool.lock is not None:
        bench.time(turn.case(LOCK_COLD), turn.tool.lock(site))


def _fetch_after(bench: Bench, turn: _Turn) -> None:
    if turn.tool.fetch is None:
        return
    if turn.tool.lock is None:
        _take_pins(turn)
        return
    after = bench.time(turn.case(FETCH_AFTER), turn.tool.fetch(turn.site))
    bench.results.add(turn.case(BOTH), bench.results.runs[turn.case(LOCK_COLD)][-1] + after)


def _take_pins(turn: _Turn) -> None:
    """Let a tool that only fetches have our pins, without what makes pip look into our wheelhouse alone."""
    text = (turn.sites[OURS.name].root / "requirements.txt").read_text()
    lines = [line for line in text.splitlines() if not line.startswith("--")]
    (turn.site.root / "requirements.txt").write_text("\n".join(lines) + "\n")


def _fetch_cold(bench: Bench, turn: _Turn) -> None:
    """Fetch in a copy of the site that has the lock and nothing else."""
    if turn.tool.fetch is None:
        return
    copy = Site(toolbox=bench.toolbox, root=turn.site.root.with_name(f"{turn.site.root.name}-fetch"))
    shutil.rmtree(copy.root, ignore_errors=True)
    forgotten = shutil.ignore_patterns("cache", "home", "wheels", "installed", "wheelhouse")
    shutil.copytree(turn.site.root, copy.root, ignore=forgotten)
    bench.time(turn.case(FETCH_COLD), turn.tool.fetch(copy))
    if turn.tool.lock is None:
        bench.time(turn.case(FETCH_WARM), turn.tool.fetch(copy))


def _fetch_warm(bench: Bench, turn: _Turn) -> None:
    if turn.tool.fetch is not None and turn.tool.lock is not None:
        bench.time(turn.case(FETCH_WARM), turn.tool.fetch(turn.site))


def _lock_same(bench: Bench, turn: _Turn) -> None:
    if turn.tool.lock is not None and turn.tool is not PIP_COMPILE_HASHES:
        bench.time(turn.case(LOCK_SAME), turn.tool.lock(turn.site))


def _lock_changed(bench: Bench, turn: _Turn) -> None:
    if turn.tool.lock is not None and turn.tool is not PIP_COMPILE_HASHES:
        turn.site.write((*turn.subject.requirements, turn.subject.added))
        bench.time(turn.case(LOCK_CHANGED), turn.tool.lock(turn.site))


def _note_sizes(bench: Bench, subject: Set, sites: dict[str, Site]) -> None:
    """Keep what the link's limit is computed from: all bytes of the pinned wheels, and those of the largest."""
    wheels = list((sites[OURS.name].root / "vendor" / "wheelhouse" / TARGET.name).glob("*.whl"))
    sizes = [wheel.stat().st_size for wheel in wheels]
    bench.results.facts[f"wheels {subject.name}"] = str(len(sizes))
    bench.results.facts[f"bytes {subject.name}"] = str(sum(sizes))
    bench.results.facts[f"largest {subject.name}"] = str(max(sizes))


def time_check(bench: Bench, subject: Set = CHECKED) -> None:
    """Time ``check`` beside sha256sum on all cores."""
    bench.shape("unshaped")
    site = new_site(bench.toolbox, "check", subject)
    _share_out(site, subject)
    for arguments in (("lock", "--quiet", "--resolver", "uv"), ("fetch", "--quiet")):
        bench.stopwatch.run(ours(*arguments)(site))
    wheels = list((site.root / "vendor" / "wheelhouse" / TARGET.name).glob("*.whl"))
    cores = os.cpu_count() or 1
    each = -(-len(wheels) // cores)
    script = f"ls vendor/wheelhouse/*/*.whl | xargs -P {cores} -n {each} sha256sum"
    for _ in range(bench.rounds + 2):
        case = Case(link="unshaped", subject=subject.name, step=CHECK, tool=OURS.name)
        shutil.rmtree(site.cache, ignore_errors=True)
        bench.time(case, ours("check", "--quiet")(site))
        case = Case(link="unshaped", subject=subject.name, step=CHECK, tool="sha256sum on all cores")
        bench.time(case, site.command("sh", "-c", script))
        case = Case(link="unshaped", subject=subject.name, step=CHECK_SAME, tool=OURS.name)
        bench.time(case, ours("check", "--quiet")(site))
    _note_sizes(bench, subject, {OURS.name: site})


def _share_out(site: Site, subject: Set, *, parts: int = 4) -> None:
    """Make bundles of a set, each of less than the 250 MB that Lambda takes."""
    configuration = site.root / "ca-vendor.toml"
    text = configuration.read_text().partition("[[bundle]]")[0]
    for part in range(parts):
        (site.root / f"part{part}").mkdir()
        lines = subject.requirements[part::parts]
        (site.root / f"part{part}" / "requirements.in").write_text("\n".join(lines) + "\n")
        text += f'[[bundle]]\nrequirements = "part{part}/requirements.in"\ntarget = "{TARGET.name}"\n\n'
    configuration.write_text(text)


def time_start_up(bench: Bench) -> None:
    """Time programs that have nothing to do but start."""
    site = new_site(bench.toolbox, "start", CHECKED)
    program = bench.toolbox.program
    commands = {f"ca-vendor {name}": ours(*arguments)(site) for name, arguments in STARTS.items()}
    completing = ours()(site)
    words = {"_CA_VENDOR_COMPLETE": "bash_complete", "COMP_WORDS": "ca-vendor l", "COMP_CWORD": "1"}
    commands["ca-vendor, completion"] = Command(
        argv=completing.argv, environment={**completing.environment, **words}, directory=completing.directory
    )
    aws = Path(sys.executable).with_name("aws")
    if aws.exists():
        asking = (str(aws), "codeartifact", "get-authorization-token", "--domain", bench.toolbox.emulator.domain)
        commands["aws codeartifact get-authorization-token"] = site.command(*asking)
    commands["python -c pass"] = site.command(sys.executable, "-c", "pass")
    for name in ("uv", "pip", "pip-compile", "pex3"):
        commands[f"{name} --version"] = site.command(program(name), "--version")
    for _ in range(bench.rounds + 4):
        for name, command in commands.items():
            bench.time(Case(link="unshaped", subject="start-up", step="start", tool=name), command)


def time_functions(bench: Bench, link: str, tools: Sequence[Tool], *, count: int) -> None:
    """Time a template of many functions with twelve distinct requirement sets, for two targets."""
    bench.shape(link)
    for _ in range(bench.rounds):
        for functions in (24, count):
            root = bench.toolbox.scratch / f"functions-{functions}"
            shutil.rmtree(root, ignore_errors=True)
            root.mkdir(parents=True)
            write_functions(root, functions)
            emulator = bench.toolbox.emulator
            (root / "ca-vendor.toml").write_text(
                f'domain = "{emulator.domain}"\nrepository = "{emulator.repository}"\nregion = "{emulator.region}"\n'
            )
            site = Site(toolbox=bench.toolbox, root=root)
            for tool in tools:
                assert tool.lock
                assert tool.fetch
                drop_caches(site)
                shutil.rmtree(root / "vendor", ignore_errors=True)
                subject = f"{functions} functions"

                def case(step: str, tool: Tool = tool, subject: str = subject) -> Case:
                    return Case(link=link, subject=subject, step=step, tool=tool.name)

                bench.time(case(LOCK_COLD), tool.lock(site))
                bench.time(case(FETCH_AFTER), tool.fetch(site))
                bench.time(case(LOCK_SAME), tool.lock(site))
                bench.time(case(FETCH_WARM), tool.fetch(site))
                bench.time(case(CHECK_SAME), ours("check", "--quiet")(site))


def write_functions(root: Path, count: int) -> None:
    """Write a template: function N has requirement set N modulo 12, and is for arm64 where N divided by 12 is odd."""
    lines = ["AWSTemplateFormatVersion: '2010-09-09'", "Transform: AWS::Serverless-2016-10-31", "Resources:"]
    for number in range(count):
        directory = root / "src" / f"function{number:03}"
        directory.mkdir(parents=True)
        tree = number % 12
        wanted = [f"bench-tiny-{(tree + step) * 10:03}>=0.9" for step in range(3)]
        (directory / "requirements.in").write_text("\n".join(wanted) + "\n")
        architecture = "arm64" if number // 12 % 2 else "x86_64"
        lines += [
            f"  Function{number:03}:",
            "    Type: AWS::Serverless::Function",
            "    Properties:",
            f"      CodeUri: src/function{number:03}/",
            "      Handler: app.handler",
            "      Runtime: python3.12",
            f"      Architectures: [{architecture}]",
        ]
    (root / "template.yaml").write_text("\n".join(lines) + "\n")


ALL_TOOLS = (OURS, OURS_UV, OURS_GIVEN, UV, PIP_COMPILE, PIP_DOWNLOAD, PEX)
