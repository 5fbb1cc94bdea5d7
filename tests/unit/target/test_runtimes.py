import pytest

from ca_vendor.errors import ExitCode
from ca_vendor.target import Architecture, Glibc, TargetDescription, UnknownTargetError, find_target, known_target_names
from ca_vendor.target.runtimes import RUNTIMES, InvalidTargetError


@pytest.mark.parametrize("name", known_target_names())
def test_every_known_target_is_found_under_its_own_name(name: str) -> None:
    target = find_target(name)
    assert str(target) == target.name == name
    assert name == f"{target.runtime}-{target.architecture.value}"


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_known_patch_levels_are_real_ones(runtime: str) -> None:
    # Packages distinguish patch levels, and no Lambda runtime ever ran an x.y.0.
    patch = RUNTIMES[runtime].python_full_version.rsplit(".", 1)[1]
    assert int(patch) > 0
    assert RUNTIMES[runtime].source


@pytest.mark.parametrize(
    ("name", "glibc"),
    [
        ("python3.9-x86_64", Glibc(2, 26)),
        ("python3.11-arm64", Glibc(2, 26)),
        ("python3.12-arm64", Glibc(2, 34)),
        ("python3.14-x86_64", Glibc(2, 34)),
    ],
)
def test_operating_system_changed_with_python_3_12(name: str, glibc: Glibc) -> None:
    assert find_target(name).glibc == glibc


def test_description_wins_over_what_is_known() -> None:
    described = {"python3.12-arm64": TargetDescription(python_full_version="3.12.99")}
    target = find_target("python3.12-arm64", described=described)
    assert target.python_full_version == "3.12.99"
    assert target.glibc == Glibc(2, 34)
    assert find_target("python3.12-x86_64", described=described).python_full_version != "3.12.99"


def test_description_of_the_glibc_alone_keeps_the_patch_level() -> None:
    described = {"python3.11-x86_64": TargetDescription(glibc="2.28")}
    target = find_target("python3.11-x86_64", described=described)
    assert target.glibc == Glibc(2, 28)
    assert target.python_full_version == RUNTIMES["python3.11"].python_full_version


def test_new_runtime_is_described_in_configuration() -> None:
    described = {"python3.15-arm64": TargetDescription(python_full_version="3.15.1", glibc="2.34")}
    target = find_target("python3.15-arm64", described=described)
    assert target.python_version == (3, 15)
    assert target.architecture is Architecture.ARM64
    assert known_target_names(described)[-1] == "python3.15-arm64"


@pytest.mark.parametrize(
    "name", ["python3.15-arm64", "python3.12", "python3.12-aarch64", "nodejs20.x-arm64", "Python3.12-arm64", "", "3.12"]
)
def test_unknown_target_lists_the_known_ones(name: str) -> None:
    with pytest.raises(UnknownTargetError, match="unknown target") as caught:
        find_target(name)
    assert caught.value.exit_code is ExitCode.TARGET
    assert caught.value.known == known_target_names()
    assert "python3.12-arm64" in caught.value.details[0]


def test_misspelt_target_is_told_the_nearest() -> None:
    with pytest.raises(UnknownTargetError) as caught:
        find_target("python3.12-amd64")
    assert "did you mean `python3.1" in caught.value.hint


def test_a_target_like_no_other_is_told_how_to_describe_itself() -> None:
    with pytest.raises(UnknownTargetError) as caught:
        find_target("ruby")
    assert "did you mean" not in caught.value.hint
    assert '[tool.ca-vendor.targets."ruby"]' in caught.value.hint


@pytest.mark.parametrize(
    ("description", "problem"),
    [
        (TargetDescription(), "`python-full-version` is missing"),
        (TargetDescription(python_full_version="3.15.1"), "`glibc` is missing"),
        (TargetDescription(glibc="2.34"), "`python-full-version` is missing"),
        (TargetDescription(python_full_version="3.15", glibc="2.34"), "not a version x.y.z"),
        (TargetDescription(python_full_version="3.15.0rc1", glibc="2.34"), "not a version x.y.z"),
        (TargetDescription(python_full_version="3.14.1", glibc="2.34"), "is no python3.15"),
        (TargetDescription(python_full_version="3.15.1", glibc="two"), "not a version such as 2.34"),
        (TargetDescription(python_full_version="3.15.1", glibc="2.34.1"), "not a version such as 2.34"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_unusable_description_is_refused(description: TargetDescription, problem: str) -> None:
    with pytest.raises(InvalidTargetError, match="cannot be used") as caught:
        find_target("python3.15-arm64", described={"python3.15-arm64": description})
    assert problem in caught.value.problem
