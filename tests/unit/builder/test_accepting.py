import hashlib
import sys
import sysconfig
from pathlib import Path

import pytest
from packaging.version import Version

from ca_vendor.builder import BuiltWheel, ForeignBinaryError, Source, WrongWheelError
from ca_vendor.builder.accepting import Made, accept_wheel
from ca_vendor.errors import ExitCode
from ca_vendor.target import Architecture, Glibc, Target, find_target
from tests.distributions import Files, build_wheel

ARM = find_target("python3.12-arm64")
X86 = find_target("python3.12-x86_64")
SHARED, RELOCATABLE = 3, 1
X86_64, AARCH64, RISCV = 62, 183, 243


def accept(wheel: Path, target: Target = ARM, *, in_container: bool = False) -> BuiltWheel:
    source = Source(path=wheel.parent, shown="foo==1.0")
    made = Made(path=wheel, source=source, confined=True, in_container=in_container)
    return accept_wheel(made, wheel.parent / "accepted", target=target)


def elf(machine: int, kind: int = SHARED) -> bytes:
    """The head of an ELF file, and nothing after it."""
    return b"\x7fELF\x02\x01\x01" + bytes(9) + kind.to_bytes(2, "little") + machine.to_bytes(2, "little") + bytes(44)


def test_pure_wheel_is_put_in_its_place(tmp_path: Path) -> None:
    built = accept(build_wheel(tmp_path, "Foo.Bar", "1.0"))
    path = tmp_path / "accepted" / "foo_bar-1.0-py3-none-any.whl"
    assert built == BuiltWheel(
        path=path,
        filename=path.name,
        name=built.name,
        version=Version("1.0"),
        tags="py3-none-any",
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        confined=True,
    )
    assert built.name == "foo-bar"
    assert [path.name for path in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("tag", ["py2.py3-none-any", "py312-none-any", "cp312-none-any"])
def test_every_pure_tag_that_loads_is_taken(tmp_path: Path, tag: str) -> None:
    assert accept(build_wheel(tmp_path, "foo", "1.0", tag=tag)).tags == tag


@pytest.mark.parametrize(
    "tag", ["cp312-cp312-linux_x86_64", "cp312-cp312-macosx_14_0_arm64", "cp311-cp311-linux_aarch64", "py313-none-any"]
)
def test_wheel_of_another_machine_is_foreign(tmp_path: Path, tag: str) -> None:
    with pytest.raises(ForeignBinaryError) as caught:
        accept(build_wheel(tmp_path, "foo", "1.0", tag=tag))
    assert (caught.value.tags, caught.value.target, caught.value.exit_code) == (tag, ARM, ExitCode.TARGET)
    assert caught.value.message == f"`foo==1.0` builds to a wheel `{tag}`, which python3.12-arm64 does not load"
    assert "--builder container" in caught.value.hint
    assert not (tmp_path / "accepted").exists()


def test_container_is_no_way_out_of_the_container(tmp_path: Path) -> None:
    with pytest.raises(ForeignBinaryError) as caught:
        accept(build_wheel(tmp_path, "foo", "1.0", tag="cp312-cp312-linux_x86_64"), in_container=True)
    assert "container" not in caught.value.hint


def test_pure_wheel_with_a_binary_of_another_machine_is_foreign(tmp_path: Path) -> None:
    wheel = build_wheel(tmp_path, "foo", "1.0", files={"foo/lib.so": elf(X86_64), "foo/other.so": elf(RISCV)})
    with pytest.raises(ForeignBinaryError) as caught:
        accept(wheel)
    assert caught.value.details == ("foo/lib.so is for x86_64", "foo/other.so is for another processor")


def test_objects_that_are_not_loaded_do_not_count(tmp_path: Path) -> None:
    assert accept(build_wheel(tmp_path, "foo", "1.0", files={"foo/object.o": elf(X86_64, RELOCATABLE)})).confined


def test_elf_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    broken = {"foo/lib.so": elf(AARCH64)[:30]}
    wheel = build_wheel(tmp_path, "foo", "1.0", tag="cp312-cp312-linux_aarch64", files=broken)
    with pytest.raises(WrongWheelError, match="ELF files cannot be read"):
        accept(wheel)


def test_what_only_looks_like_an_elf_file_does_no_harm_where_nothing_need_be_loaded(tmp_path: Path) -> None:
    assert accept(build_wheel(tmp_path, "foo", "1.0", files={"foo/sample.bin": elf(AARCH64)[:30]})).confined


def own_target(glibc: Glibc) -> Target:
    """The machine this runs on, with another C library."""
    return Target(python_full_version="3.12.1", architecture=Architecture.X86_64, glibc=glibc)


def own_extension(*needed: str) -> Files:
    """An extension module of the Python that runs this."""
    directory = Path(sysconfig.get_path("stdlib")) / "lib-dynload"
    modules = sorted(directory.glob("*.so"))
    [module] = [path for path in modules if path.name.startswith(needed)][:1]
    return {f"foo/{module.name}": module.read_bytes()}


linux = pytest.mark.skipif(
    sys.platform != "linux" or sysconfig.get_platform() != "linux-x86_64", reason="has no x86_64 ELF files at hand"
)


@linux
def test_binary_that_needs_no_newer_glibc_is_taken(tmp_path: Path) -> None:
    wheel = build_wheel(tmp_path, "foo", "1.0", tag="cp312-cp312-linux_x86_64", files=own_extension("math."))
    assert accept(wheel, own_target(Glibc(2, 41))).tags == "cp312-cp312-linux_x86_64"


@linux
def test_binary_that_needs_a_newer_glibc_is_foreign(tmp_path: Path) -> None:
    wheel = build_wheel(tmp_path, "foo", "1.0", tag="cp312-cp312-linux_x86_64", files=own_extension("math."))
    with pytest.raises(ForeignBinaryError) as caught:
        accept(wheel, own_target(Glibc(2, 17)))
    assert "of libm.so.6, and python3.12-x86_64 has glibc 2.17" in caught.value.details[0]


@linux
def test_pure_wheel_with_a_binary_that_needs_a_newer_glibc_is_foreign(tmp_path: Path) -> None:
    wheel = build_wheel(tmp_path, "foo", "1.0", files=own_extension("math."))
    with pytest.raises(ForeignBinaryError, match=r"GLIBC_2\.\d+ of"):
        accept(wheel, own_target(Glibc(2, 17)))


@linux
def test_binary_that_needs_a_library_from_outside_is_foreign(tmp_path: Path) -> None:
    wheel = build_wheel(tmp_path, "foo", "1.0", tag="cp312-cp312-linux_x86_64", files=own_extension("_bz2."))
    with pytest.raises(ForeignBinaryError, match=r"it needs the library libbz2\.so[\d.]*, which is not in it"):
        accept(wheel, own_target(Glibc(2, 41)))


def wrong_wheels(directory: Path) -> list[tuple[Path, str]]:
    other = build_wheel(directory / "2", "foo", "1.0")
    renamed = other.rename(other.with_name("foo-2.0-py3-none-any.whl"))
    nonsense = build_wheel(directory / "3", "foo", "1.0")
    return [
        (renamed, "holds version 1.0"),
        (nonsense.rename(nonsense.with_name("nonsense.whl")), "not the name of a wheel"),
        (build_wheel(directory / "4", "foo", "1.0", metadata="Name: foo\nVersion: x\n"), "its version is `x`"),
        (build_wheel(directory / "5", "foo", "1.0", metadata="Name: foo\n"), "no Version"),
    ]


@pytest.mark.parametrize("number", range(4))
def test_wheel_that_is_none_or_of_another_version_is_told(tmp_path: Path, number: int) -> None:
    wheel, problem = wrong_wheels(tmp_path)[number]
    with pytest.raises(WrongWheelError, match=problem):
        accept(wheel)
