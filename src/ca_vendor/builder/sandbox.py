"""Runs a program in namespaces of its own; a program itself, since whoever enters them does not come back.

It imports nothing of ca-vendor. Its one argument is a :class:`Task` as JSON. It exits with what the program exits with,
or with ``REFUSED`` and a line on standard error where the system allows no such thing.

Sources: https://man7.org/linux/man-pages/man7/namespaces.7.html,
https://man7.org/linux/man-pages/man7/mount_namespaces.7.html
"""

import array
import ctypes
import errno
import fcntl
import json
import os
import re
import signal
import socket
import stat
import struct
import sys
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, TypedDict

REFUSED = 125

_NEWNS, _NEWUTS, _NEWIPC, _NEWUSER, _NEWPID, _NEWNET = (
    0x00020000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000,
)  # fmt: skip
_RDONLY, _NOSUID, _NODEV, _NOEXEC, _REMOUNT, _BIND, _REC, _PRIVATE = 1, 2, 4, 8, 32, 4096, 16384, 1 << 18
_SET_PDEATHSIG, _SET_DUMPABLE, _CAPBSET_DROP, _SET_NO_NEW_PRIVS = 1, 4, 24, 38
_LAST_CAPABILITY = 63
_SIOCGIFFLAGS, _SIOCSIFFLAGS, _IFF_UP = 0x8913, 0x8914, 0x1
_MOUNT_FLAGS = {"ro": _RDONLY, "nosuid": _NOSUID, "nodev": _NODEV, "noexec": _NOEXEC}
_DEVICES = ("null", "zero", "full", "random", "urandom")
_BACKLOG = 64

_KEYCTL = {"x86_64": 250, "aarch64": 219}
_JOIN_SESSION_KEYRING = 1
_SHARED_MEMORY = "/dev/shm"  # noqa: S108 - a mount of its own there

_libc = ctypes.CDLL(None, use_errno=True)


class Task(TypedDict):
    """What to run, and in what surroundings; paths are absolute, and no part of them is a link.

    Attributes:
        argv: the program and its arguments.
        directory: to run in.
        scratch: the one directory that is writable and stays.
        hidden: directories and files to lay something empty over; they need not exist.
        empty: directories to lay something empty and writable over.
        kept: directories that are to be seen although they lie in hidden ones.
        links: other names, each with what it leads to, for what lies in hidden directories.
        port: of loopback; connections to it inside can be answered from outside.
        control: the descriptor of a connected socket; a descriptor of what listens on that port is sent there.
    """

    argv: list[str]
    directory: str
    scratch: str
    hidden: list[str]
    empty: list[str]
    kept: list[str]
    links: dict[str, str]
    port: int
    control: int


def main() -> int:
    """Enter the namespaces, arrange them, run the program; return its exit code."""
    task: Task = json.loads(sys.argv[1])
    try:
        _enter()
        first = os.fork()  # only children are in the new process namespace
        if first == 0:
            os._exit(_run_first(task))
        return _exit_code(os.waitpid(first, 0)[1])
    except OSError as error:
        return _refuse(error)


def _refuse(error: OSError) -> int:
    print(f"builds cannot be confined: {error}", file=sys.stderr, flush=True)  # noqa: T201 - it has no other voice
    return REFUSED


def _exit_code(status: int) -> int:
    code = os.waitstatus_to_exitcode(status)
    return 128 - code if code < 0 else code


def _enter() -> None:
    """Leave the namespaces of this machine: with a user namespace, or as root without."""
    user, group = os.getuid(), os.getgid()
    namespaces = _NEWNS | _NEWUTS | _NEWIPC | _NEWPID | _NEWNET
    try:
        _call(_libc.unshare, namespaces | _NEWUSER)
    except OSError:
        if user != 0:
            raise
        _call(_libc.unshare, namespaces)
        return
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
    Path("/proc/self/gid_map").write_text(f"{group} {group} 1")


def _run_first(task: Task) -> int:
    """Be the first process there: arrange what there is to see, then wait for the program; all end with this one."""
    try:
        _call(_libc.prctl, _SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        _leave_keyrings()
        _arrange_files(task)
        _arrange_network(task["port"], task["control"])
        for capability in range(_LAST_CAPABILITY + 1):
            _libc.prctl(_CAPBSET_DROP, capability, 0, 0, 0)  # those this kernel does not have are no error
        _call(_libc.prctl, _SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        _call(_libc.prctl, _SET_DUMPABLE, 0, 0, 0, 0)
    except OSError as error:
        return _refuse(error)
    program = os.fork()
    if program == 0:
        os.chdir(task["directory"])
        os.execv(task["argv"][0], task["argv"])  # noqa: S606 - the program that ca_vendor.process was asked to run
    while True:
        ended, status = os.wait()
        if ended == program:
            return _exit_code(status)


def _leave_keyrings() -> None:
    """Have a keyring of one's own: the kernel's keys are inherited, and some keep credentials there."""
    number = _KEYCTL.get(os.uname().machine)
    if number is not None and _libc.syscall(number, _JOIN_SESSION_KEYRING, None) < 0:
        error = ctypes.get_errno()
        if error != errno.ENOSYS:  # a kernel without keys
            raise OSError(error, f"keyctl: {os.strerror(error)}")


def _arrange_network(port: int, control: int) -> None:
    """Bring loopback up, and hand out a socket that listens there: whoever holds it answers from outside."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        request = struct.pack("16sH14x", b"lo", 0)
        flags = struct.unpack("16sH14x", fcntl.ioctl(any_socket, _SIOCGIFFLAGS, request))[1]
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", flags | _IFF_UP))
    with socket.socket(fileno=control) as outside, socket.socket() as listener:
        listener.bind(("127.0.0.1", port))
        listener.listen(_BACKLOG)
        descriptors = array.array("i", [listener.fileno()])
        outside.sendmsg([b"."], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, descriptors)])


def _arrange_files(task: Task) -> None:
    """Show of the file system what the task says: some empty, some again below that, all but little read-only."""
    _mount(None, "/", None, _REC | _PRIVATE)
    kept = {path: os.open(path, os.O_PATH | os.O_CLOEXEC) for path in task["kept"]}
    devices = {name: os.open(f"/dev/{name}", os.O_PATH | os.O_CLOEXEC) for name in _DEVICES}
    # A mount of its own, so that it stays writable when the one it lies in is made read-only.
    _mount(task["scratch"], task["scratch"], None, _BIND)
    kept[task["scratch"]] = os.open(task["scratch"], os.O_PATH | os.O_CLOEXEC)
    # From the top down: what is to be seen again may lie in what is hidden, and the other way round.
    for path in sorted({*task["hidden"], *task["empty"], *kept}, key=lambda path: path.count("/")):
        if path in kept:
            _show(path, kept[path])
        else:
            _hide(path)
    for name, leads_to in task["links"].items():
        _link(name, leads_to)
    _arrange_devices(devices)
    _mount("proc", "/proc", "proc", _RDONLY | _NOSUID | _NODEV | _NOEXEC)
    _make_read_only({task["scratch"], *task["empty"], _SHARED_MEMORY})


def _hide(path: str) -> None:
    """Lay something empty over a directory or file; what is not there, or not to be seen anyway, needs nothing."""
    try:
        mode = os.lstat(path).st_mode
    except OSError:
        return
    if stat.S_ISDIR(mode):
        _mount("tmpfs", path, "tmpfs", _NOSUID | _NODEV, "mode=0755")
    else:
        _mount("/dev/null", path, None, _BIND)


def _show(path: str, descriptor: int) -> None:
    """Show a directory as it was, at its own place, where it is not to be seen by now."""
    if _is(path, descriptor):
        return
    Path(path).mkdir(parents=True, exist_ok=True)
    _mount(f"/proc/self/fd/{descriptor}", path, None, _BIND | _REC)


def _is(path: str, descriptor: int) -> bool:
    try:
        return os.path.samestat(Path(path).stat(), os.fstat(descriptor))
    except OSError:
        return False


def _link(name: str, leads_to: str) -> None:
    """Have another name for what is shown, where that name lies in something hidden."""
    if not os.path.lexists(name):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).symlink_to(leads_to)


def _arrange_devices(devices: Mapping[str, int]) -> None:
    """Have the few devices that hold nothing; root may open the others without any capability."""
    _mount("tmpfs", "/dev", "tmpfs", _NOSUID | _NOEXEC, "mode=0755")
    for name, descriptor in devices.items():
        Path("/dev", name).touch()
        _mount(f"/proc/self/fd/{descriptor}", f"/dev/{name}", None, _BIND)
    Path(_SHARED_MEMORY).mkdir()
    _mount("tmpfs", _SHARED_MEMORY, "tmpfs", _NOSUID | _NODEV, "mode=1777")
    for name, leads_to in (("fd", "fd"), ("stdin", "fd/0"), ("stdout", "fd/1"), ("stderr", "fd/2")):
        Path("/dev", name).symlink_to(f"/proc/self/{leads_to}")


def _make_read_only(writable: Collection[str]) -> None:
    """Make every mount read-only but these; each keeps its other restrictions, which may not be lifted here."""
    for line in Path("/proc/self/mountinfo").read_bytes().splitlines():
        fields = os.fsdecode(line).split(" ")
        place = re.sub(r"\\(\d{3})", lambda escaped: chr(int(escaped[1], 8)), fields[4])
        if place in writable or place == "/proc":
            continue
        flags = {_MOUNT_FLAGS.get(option, 0) for option in fields[5].split(",")}
        try:
            _mount(None, place, None, sum(flags | {_REMOUNT, _BIND, _RDONLY}))
        except OSError as error:
            # Nothing is mounted at that place any more: it lies below something that was laid over it since.
            if os.path.lexists(place) and error.errno != errno.EINVAL:
                raise


def _mount(source: "str | None", target: str, kind: "str | None", flags: int, options: str = "") -> None:
    encoded = [None if text is None else os.fsencode(text) for text in (source, target, kind)]
    try:
        _call(_libc.mount, *encoded, ctypes.c_ulong(flags), os.fsencode(options) if options else None)
    except OSError as error:
        error.filename = target
        raise


def _call(function: Any, *arguments: object) -> None:
    if function(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{function.__name__}: {os.strerror(number)}")


if __name__ == "__main__":
    sys.exit(main())
