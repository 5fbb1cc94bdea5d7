"""Every recorded set and target, locked on the recorded index.

pip-compile, the resolver by default, is asked for one target of every set, each time for another; uv, which takes a
tenth of the time, for all of them, and must say the same.
"""

from collections.abc import Mapping
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name, parse_wheel_filename

from ca_vendor.lock import Pin
from ca_vendor.requirement import evaluate_inputs, read_inputs
from ca_vendor.resolver import ResolverName, Seeds
from ca_vendor.target import Architecture, Glibc, Target
from ca_vendor.workflows.locking import Task, lock_pins
from tests.truth.recording import RECORDED, FrozenIndex, frozen_candidates, read_recording
from tests.truth.resolutions import differences

RECORDING = read_recording()
INDEX = FrozenIndex(RECORDING)

TARGETS = range(len(RECORDING.targets))
AMAZON_LINUX_2 = Glibc(2, 26)


def is_quick(name: str, number: int) -> bool:
    """Whether a pair resolves in seconds: for want of newer wheels airflow walks back for half a minute at glibc 2.26.

    Those pairs are in the live table.
    """
    return name != "airflow" or RECORDING.targets[number].glibc != AMAZON_LINUX_2


EVERY_PAIR = [(name, number) for name in RECORDING.sets for number in TARGETS if is_quick(name, number)]
ONE_TARGET_A_SET = [
    (name, next(number for number in (*TARGETS[place % len(TARGETS) :], *TARGETS) if is_quick(name, number)))
    for place, name in enumerate(RECORDING.sets)
]


def shown(value: object) -> str:
    if not isinstance(value, int):
        return str(value)
    target = RECORDING.targets[value]
    return f"{target.python_full_version}-{target.architecture.value}-glibc{target.glibc}"


def lock(scratch: Path, name: str, target: Target, resolver: ResolverName) -> tuple[Pin, ...]:
    requirements = scratch / "requirements.in"
    requirements.write_text("\n".join(RECORDING.sets[name]) + "\n", encoding="utf-8")
    inputs = evaluate_inputs(read_inputs(requirements), target)
    return lock_pins(
        Task(inputs=inputs, target=target, seeds=Seeds(), resolver=resolver, described={}),
        frozen_candidates(INDEX, target),
    ).pins


def versions(pins: tuple[Pin, ...]) -> Mapping[str, str]:
    return {pin.name: str(pin.version) for pin in pins}


@pytest.mark.parametrize(("name", "number"), EVERY_PAIR, ids=shown)
def test_uv_behind_the_view_pins_what_the_real_interpreter_pins(tmp_path: Path, name: str, number: int) -> None:
    target = RECORDING.targets[number]

    pins = lock(tmp_path, name, target, ResolverName.UV)

    assert differences(RECORDING.expected[name][number], versions(pins)) == []
    assert [pin.file.filename for pin in pins if not loads(pin.file.filename, target)] == []


@pytest.mark.parametrize(("name", "number"), ONE_TARGET_A_SET, ids=shown)
def test_pip_compile_behind_the_view_pins_what_the_real_interpreter_pins(
    tmp_path: Path, name: str, number: int
) -> None:
    pins = lock(tmp_path, name, RECORDING.targets[number], ResolverName.PIP_COMPILE)

    assert differences(RECORDING.expected[name][number], versions(pins)) == []
    assert pins == lock(tmp_path, name, RECORDING.targets[number], ResolverName.UV)


def loads(filename: str, target: Target) -> bool:
    """Whether a target loads a wheel, told from its name alone and independently of what is tested."""
    _, _, _, tags = parse_wheel_filename(filename)
    return any(
        _interpreter_loads(tag.interpreter, tag.abi, target) and _platform_loads(tag.platform, target) for tag in tags
    )


def _interpreter_loads(interpreter: str, abi: str, target: Target) -> bool:
    major, minor = target.python_version
    if interpreter in {f"py{major}", f"py{major}{minor}"}:
        return abi == "none"
    if interpreter == f"cp{major}{minor}":
        return abi in {f"cp{major}{minor}", "abi3", "none"}
    older = interpreter.removeprefix(f"cp{major}").removeprefix(f"py{major}")
    return older.isdigit() and int(older) < minor and abi == ("abi3" if interpreter.startswith("cp") else "none")


def _platform_loads(platform: str, target: Target) -> bool:
    if platform == "any":
        return True
    machine = "aarch64" if target.architecture is Architecture.ARM64 else "x86_64"
    if not platform.endswith(f"_{machine}"):
        return False
    policy = platform.removesuffix(f"_{machine}")
    legacy = {"manylinux1": (2, 5), "manylinux2010": (2, 12), "manylinux2014": (2, 17), "linux": (0, 0)}
    if policy in legacy:
        return legacy[policy] <= target.glibc
    name, _, glibc = policy.partition("_")
    return name == "manylinux" and tuple(map(int, glibc.split("_"))) <= target.glibc


def test_the_recording_is_of_enough_to_go_wrong() -> None:
    """Each runtime, an old glibc, arm64; sets that other targets pin otherwise; several files to choose from."""
    targets = RECORDING.targets

    assert {target.python_version for target in targets} == {(3, minor) for minor in range(9, 14)}
    assert {target.architecture for target in targets} == set(Architecture)
    assert {target.glibc.minor for target in targets} >= {26}
    assert len(RECORDING.sets) >= 10
    varying = [name for name, expected in RECORDING.expected.items() if len({str(pins) for pins in expected}) > 1]
    assert len(varying) >= 10
    pinned = {canonicalize_name(name) for expected in RECORDING.expected.values() for pins in expected for name in pins}
    files = [len(RECORDING.pages[name].files) for name in pinned]
    assert sum(count >= 4 for count in files) > 0.9 * len(files)


def test_the_recording_stays_small() -> None:
    assert RECORDED.stat().st_size < 1_500_000
