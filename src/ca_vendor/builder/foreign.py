"""Whether a wheel that was built here loads on its target.

auditwheel reads what the ELF files in it need, as it does for whoever publishes manylinux wheels.
"""

import logging
import re
import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path

from ca_vendor.builder.errors import ForeignBinaryError, WrongWheelError
from ca_vendor.selection import tag_rank
from ca_vendor.target import Architecture, Glibc, Target

_ELF = b"\x7fELF"
_BIG_ENDIAN = 2
_MACHINES = {62: Architecture.X86_64, 183: Architecture.ARM64}
_LOADED_TYPES = frozenset({2, 3})
"""Programs and shared objects. Source: https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html"""

_MANYLINUX = re.compile(r"manylinux_(\d+)_(\d+)_")
_GLIBC_SYMBOL = re.compile(r"GLIBC_(\d+)\.(\d+)")


def check_loads(wheel: Path, tags: str, target: Target, *, shown: str, in_container: bool) -> None:
    """See that the target loads a wheel that was built from source.

    A wheel for every machine is trusted, but for what it has of ELF files; one for a platform must be for the target's,
    and none of its files may need a newer glibc than the target's, or a library that is not in the wheel.

    Args:
        wheel: the file.
        tags: ``python-abi-platform`` of its name.
        target: the machine it must load on.
        shown: what messages call the source.
        in_container: whether it was built in the target's build image, so that this is no way out.

    Raises:
        ForeignBinaryError: the target does not load it.
        WrongWheelError: its ELF files cannot be read.
    """
    reasons = _reasons(wheel, tags, target, shown)
    if reasons:
        raise ForeignBinaryError(shown, tags, target, reasons=reasons, in_container=in_container)


def _reasons(wheel: Path, tags: str, target: Target, shown: str) -> tuple[str, ...]:
    if tag_rank(tags, target) is None:
        return (f"it was built on a machine of another kind than {target} (glibc {target.glibc})",)
    machines = dict(_elf_machines(wheel))
    if machines and target.architecture not in machines.values():
        return tuple(f"{path} is for {_machine_name(machine)}" for path, machine in sorted(machines.items()))
    if target.architecture not in machines.values():
        return ()
    return _audit(wheel, target, shown, is_pure=tags.endswith("-any"))


def _machine_name(machine: Architecture | None) -> str:
    return machine.value if machine else "another processor"


def _elf_machines(wheel: Path) -> Iterator[tuple[str, Architecture | None]]:
    with zipfile.ZipFile(wheel) as archive:
        for entry in archive.infolist():
            with archive.open(entry) as file:
                head = file.read(20)
            if head[:4] == _ELF and len(head) == 20:
                kind, machine = struct.unpack(">HH" if head[5] == _BIG_ENDIAN else "<HH", head[16:])
                if kind in _LOADED_TYPES:
                    yield entry.filename, _MACHINES.get(machine)


def _audit(wheel: Path, target: Target, shown: str, *, is_pure: bool) -> tuple[str, ...]:
    """Return why the wheel's ELF files do not load on the target; empty where they do.

    Args:
        wheel: the file.
        target: the machine it must load on.
        shown: what messages call the source.
        is_pure: its name says that it is for every machine, so that its files may be there for other ends than to be
            loaded, and lack libraries.
    """
    from auditwheel import architecture, libc, wheel_abi
    from auditwheel.error import AuditwheelError

    logging.getLogger("auditwheel").addHandler(logging.NullHandler())
    machine = architecture.Architecture(target.architecture.machine)
    try:
        info = wheel_abi.analyze_wheel_abi(
            libc.Libc.GLIBC, machine, wheel, frozenset(), disable_isa_ext_check=True, allow_graft=False
        )
    except Exception as error:
        if is_pure and isinstance(error, AuditwheelError):
            return ()
        raise WrongWheelError(shown, f"its ELF files cannot be read ({error})") from error
    reasons = [
        f"it needs the symbol {symbol} of {library}, and {target} has glibc {target.glibc}"
        for library, symbols in sorted(info.versioned_symbols.items())
        for symbol in sorted(symbols)
        if _is_newer(symbol, target.glibc)
    ]
    if not is_pure:
        policies = [policy for policy in info.policies if _fits(policy.name, target.glibc)]
        outside = info.external_refs[max(policies).name].libs if policies else {}
        reasons += [f"it needs the library {library}, which is not in it" for library in sorted(outside)]
        if not reasons and not _fits(info.overall_policy.name, target.glibc):
            reasons.append(f"auditwheel finds it to be `{info.overall_policy.name}`")
    return tuple(reasons)


def _is_newer(symbol: str, glibc: Glibc) -> bool:
    version = _GLIBC_SYMBOL.fullmatch(symbol.rsplit(".", 1)[0] if symbol.count(".") > 1 else symbol)
    return version is not None and Glibc(int(version[1]), int(version[2])) > glibc


def _fits(policy: str, glibc: Glibc) -> bool:
    version = _MANYLINUX.match(policy)
    return version is not None and Glibc(int(version[1]), int(version[2])) <= glibc
