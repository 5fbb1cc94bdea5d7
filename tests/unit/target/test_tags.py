import pytest
from packaging.tags import Tag

from ca_vendor.target import Architecture, Glibc, find_target, known_target_names, supported_tags
from ca_vendor.target.tags import platform_tags


def test_platforms_go_from_the_newest_glibc_to_the_oldest_with_legacy_names_beside_their_glibc() -> None:
    assert list(platform_tags(Architecture.X86_64, Glibc(2, 18))) == [
        "manylinux_2_18_x86_64",
        "manylinux_2_17_x86_64",
        "manylinux2014_x86_64",
        "manylinux_2_16_x86_64",
        "manylinux_2_15_x86_64",
        "manylinux_2_14_x86_64",
        "manylinux_2_13_x86_64",
        "manylinux_2_12_x86_64",
        "manylinux2010_x86_64",
        "manylinux_2_11_x86_64",
        "manylinux_2_10_x86_64",
        "manylinux_2_9_x86_64",
        "manylinux_2_8_x86_64",
        "manylinux_2_7_x86_64",
        "manylinux_2_6_x86_64",
        "manylinux_2_5_x86_64",
        "manylinux1_x86_64",
        "linux_x86_64",
    ]


def test_arm_has_no_manylinux_older_than_2014() -> None:
    tags = list(platform_tags(Architecture.ARM64, Glibc(2, 26)))
    assert tags[0] == "manylinux_2_26_aarch64"
    assert tags[-3:] == ["manylinux_2_17_aarch64", "manylinux2014_aarch64", "linux_aarch64"]


@pytest.mark.parametrize(
    ("name", "tag", "loads"),
    [
        ("python3.12-arm64", "cp312-cp312-manylinux_2_34_aarch64", True),
        ("python3.12-arm64", "cp312-cp312-manylinux_2_35_aarch64", False),
        ("python3.11-arm64", "cp311-cp311-manylinux_2_28_aarch64", False),
        ("python3.11-arm64", "cp311-cp311-manylinux_2_26_aarch64", True),
        ("python3.12-arm64", "cp312-cp312-manylinux_2_17_x86_64", False),
        ("python3.12-x86_64", "cp38-abi3-manylinux2014_x86_64", True),
        ("python3.12-x86_64", "cp313-abi3-manylinux2014_x86_64", False),
        ("python3.12-x86_64", "cp312-cp312t-manylinux2014_x86_64", False),
        ("python3.12-x86_64", "cp312-none-any", True),
        ("python3.12-x86_64", "py3-none-any", True),
        ("python3.12-x86_64", "py2-none-any", False),
        ("python3.12-x86_64", "py312-none-any", True),
        ("python3.12-x86_64", "py313-none-any", False),
        ("python3.12-x86_64", "cp312-cp312-musllinux_1_2_x86_64", False),
        ("python3.12-x86_64", "pp310-pypy310_pp73-manylinux2014_x86_64", False),
        ("python3.12-arm64", "cp312-cp312-macosx_11_0_arm64", False),
        ("python3.9-x86_64", "cp39-cp39-manylinux1_x86_64", True),
        ("python3.9-x86_64", "cp39-cp39m-manylinux1_x86_64", False),
    ],
)
def test_target_loads_what_its_interpreter_and_glibc_load(name: str, tag: str, loads: bool) -> None:
    assert (Tag(*tag.split("-")) in supported_tags(find_target(name))) is loads


@pytest.mark.parametrize("name", known_target_names())
def test_native_wheel_is_preferred_to_stable_abi_and_that_to_pure(name: str) -> None:
    target = find_target(name)
    tags = [str(tag) for tag in supported_tags(target)]
    interpreter = target.runtime.replace("python", "cp").replace(".", "")
    native = f"{interpreter}-{interpreter}-manylinux_2_17_{target.architecture.machine}"
    stable = f"{interpreter}-abi3-manylinux_2_17_{target.architecture.machine}"
    assert tags.index(native) < tags.index(stable) < tags.index("py3-none-any")


@pytest.mark.parametrize(("name", "native_first"), [("python3.9-x86_64", False), ("python3.10-x86_64", True)])
def test_wheel_built_for_the_machine_is_preferred_as_the_newest_pip_there_does(name: str, native_first: bool) -> None:
    tags = [str(tag) for tag in supported_tags(find_target(name))]
    interpreter = find_target(name).runtime.replace("python", "cp").replace(".", "")
    native, portable = (f"{interpreter}-{interpreter}-{platform}_x86_64" for platform in ("linux", "manylinux_2_26"))
    assert (tags.index(native) < tags.index(portable)) is native_first
