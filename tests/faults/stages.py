"""What faults on demand cannot do: other hosts, full disks, signals, other processes."""

import hashlib
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ca_vendor.emulator import Emulator, Fault, Redirect, Route, SlowLoris
from tests.distributions import build_wheel
from tests.faults.cases import Scene, row_directory
from tests.faults.decoys import Decoy, Mirror, SecureFront, make_certificate, serving
from tests.faults.world import BIG_BYTES, REQUIREMENTS, Done, Site, World, build_packages, finish, tree_of

_SOON = 30.0


def can_unshare() -> bool:
    """Whether file systems can be mounted here for one process."""
    if sys.platform != "linux" or shutil.which("unshare") is None:
        return False
    script = "mount -t tmpfs none /mnt"
    return subprocess.run(["unshare", "-rm", "sh", "-c", script], capture_output=True, check=False).returncode == 0


def can_make_certificates() -> bool:
    """Whether there is a TLS to serve."""
    return shutil.which("openssl") is not None


def redirected(route: Route, **options: Any) -> Any:
    """Send requests to a host that has the same files: completes, and shows it no credentials."""

    @contextmanager
    def stage(world: World, site: Site) -> Iterator[Scene]:
        mirror = Mirror(**options)
        with _mirroring(world, mirror):
            redirect = Redirect(location=f"{mirror.url}{{path}}")
            world.emulator.faults.add(Fault(effect=redirect, route=route, times=None, path="*/simple/*"))
            scene = Scene()
            scene.checks.append(lambda _: _no_secrets(mirror))
            if mirror.ranges:
                scene.checks.append(lambda _: _resumed(mirror))
            yield scene

    return stage


@contextmanager
def _mirroring(world: World, mirror: Mirror) -> Iterator[None]:
    """Serve a mirror of the same packages, out of reach of the world's faults."""
    with Emulator(packages=world.packages) as mirror.emulator, serving(mirror):
        yield


def _no_secrets(decoy: Decoy) -> Iterator[str]:
    if not decoy.asked:
        yield "the other host was not asked"
    if decoy.secrets:
        yield f"the other host was shown {len(decoy.secrets)} credentials"


def _resumed(decoy: Decoy) -> Iterator[str]:
    ranges = [headers["range"] for _, headers in decoy.asked if "range" in headers]
    if not any(wanted.startswith("bytes=") and wanted.endswith("-") for wanted in ranges):
        yield f"the rest was not asked for: {ranges}"


@contextmanager
def without_tls(world: World, site: Site) -> Iterator[Scene]:
    """An https index that redirects to http."""
    certificate = row_directory(site, "tls") / "certificate.pem"
    make_certificate(certificate)
    plain = Decoy()
    front = SecureFront(emulator=world.emulator)
    with serving(plain), serving(front, certificate=certificate):
        front.plain = plain.url
        site.environment |= {"AWS_ENDPOINT_URL_CODEARTIFACT": front.url, "AWS_CA_BUNDLE": str(certificate)}
        scene = Scene()
        scene.checks.append(lambda _: iter(["the other host was asked"] if plain.asked else []))
        yield scene


@contextmanager
def proxies_set(world: World, site: Site) -> Iterator[Scene]:
    """Proxy variables for everything, while everything is on loopback."""
    decoy = Decoy()
    with serving(decoy):
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
            site.environment[name] = decoy.url
        scene = Scene()
        scene.checks.append(lambda _: iter(["the proxy was asked"] if decoy.asked else []))
        yield scene


@contextmanager
def behind_proxy(world: World, site: Site) -> Iterator[Scene]:
    """Files on a host that only the proxy reaches."""
    proxy = Mirror()
    with _mirroring(world, proxy):
        redirect = Redirect(location="http://files.invalid{path}")
        world.emulator.faults.add(Fault(effect=redirect, route=Route.ASSET, times=None))
        site.environment["http_proxy"] = proxy.url
        scene = Scene()
        scene.checks.append(lambda _: _no_secrets(proxy))
        yield scene


def clock_off(seconds: float) -> Any:
    """Let the service's clock, and so a token's expiry, be off from ours."""

    @contextmanager
    def stage(world: World, site: Site) -> Iterator[Scene]:
        world.clock.advance(seconds)
        try:
            yield Scene()
        finally:
            world.clock.advance(-seconds)

    return stage


def requiring(text: str) -> Any:
    """Require something else, until the fault is over."""

    @contextmanager
    def stage(world: World, site: Site) -> Iterator[Scene]:
        with _changed(site.root / REQUIREMENTS, text):
            yield Scene()

    return stage


def configured(text: str) -> Any:
    """Configure something else, until the fault is over."""

    @contextmanager
    def stage(world: World, site: Site) -> Iterator[Scene]:
        path = site.root / "ca-vendor.toml"
        with _changed(path, text + path.read_text().partition("\n\n")[2]):
            yield Scene()

    return stage


@contextmanager
def locked_against_no_repository(world: World, site: Site) -> Iterator[Scene]:
    """A lock of a repository that is no more."""
    path = site.root / "vendor" / "pylock.app.toml"
    with _changed(path, path.read_text().replace("acme/python", "acme/nowhere")):
        yield Scene()


@contextmanager
def _changed(path: Path, text: str) -> Iterator[None]:
    before = path.read_bytes()
    path.write_text(text)
    try:
        yield
    finally:
        path.write_bytes(before)


@contextmanager
def republished(world: World, site: Site) -> Iterator[Scene]:
    """An index on which a locked file has other bytes than when it was locked."""
    packages = build_packages(row_directory(site, "packages"))
    build_wheel(packages, "acme-core", "1.1", requires=["acme-text"], files={"acme_core/__init__.py": "evil = True\n"})
    with Emulator(packages=packages) as other:
        site.environment |= other.environment()
        yield Scene()


def file_in_the_way(path: str) -> Any:
    """A file where a directory should be."""

    @contextmanager
    def stage(world: World, site: Site) -> Iterator[Scene]:
        place = site.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(b"in the way\n")
        try:
            yield Scene()
        finally:
            place.unlink()

    return stage


@contextmanager
def full_store(world: World, site: Site) -> Iterator[Scene]:
    """A store on a disk with less room than the files need."""
    site.store.mkdir()
    size = BIG_BYTES // 2048
    yield Scene(wrapper=_mounted(f"mount -t tmpfs -o size={size}k none '{site.store}'"))


@contextmanager
def full_temporary_directory(world: World, site: Site) -> Iterator[Scene]:
    """No room for the resolver's files."""
    place = row_directory(site, "full")
    site.environment["TMPDIR"] = str(place)
    fill = f"(cat /dev/zero > '{place}/ballast'; true) 2>&1"
    yield Scene(wrapper=_mounted(f"mount -t tmpfs -o size=64k none '{place}' && {fill}"))
    site.environment["TMPDIR"] = str(site.home / "tmp")


@contextmanager
def full_project(world: World, site: Site) -> Iterator[Scene]:
    """A project on a disk with no room at all."""
    disk, result = row_directory(site, "disk"), site.home / "result"
    fill = f"cp -a '{site.root}/.' '{disk}' && (cat /dev/zero > '{disk}/ballast'; true) 2>&1"
    keep = f"rm '{disk}/ballast' && cp -a '{disk}' '{result}'"
    script = f"mount -t tmpfs -o size=4m none '{disk}' && {fill} && cd '{disk}' && \"$@\"; code=$?; {keep}; exit $code"
    yield Scene(wrapper=["unshare", "-rm", "sh", "-c", script, "sh"], result=lambda: tree_of(result))


def read_only(what: str) -> Any:
    """A project or a store that cannot be written."""

    @contextmanager
    def stage(world: World, site: Site) -> Iterator[Scene]:
        site.store.mkdir()
        place = site.home / what
        yield Scene(wrapper=_mounted(f"mount --bind '{place}' '{place}' && mount -o remount,ro,bind '{place}'"))

    return stage


def _mounted(command: str) -> list[str]:
    # The directory is entered anew: the one we are in is still the one below the mount.
    return ["unshare", "-rm", "sh", "-c", f'{command} && cd "$PWD" && exec "$@"', "sh"]


def signalled(number: signal.Signals, *, resolving: bool) -> Any:
    """A signal while the index answers drop by drop."""

    @contextmanager
    def stage(world: World, site: Site) -> Iterator[Scene]:
        drops = SlowLoris(bytes_per_second=20)
        world.emulator.faults.add(Fault(effect=drops, route=Route.ASSET, times=None))
        scene = Scene()

        def play(argv: Sequence[str]) -> Done:
            process = site.start(argv)
            _wait_for(lambda: _is_downloading(world) and (not resolving or bool(descendants(process.pid))))
            children = descendants(process.pid)
            started = time.monotonic()
            process.send_signal(number)
            done = finish(process, started)
            _wait_for(lambda: not any(map(_is_running, children)), seconds=1.0)
            scene.checks.append(lambda _: iter([f"{len(children)} children live on"] * any(map(_is_running, children))))
            return done

        scene.play = play
        yield scene

    return stage


@contextmanager
def busy(world: World, site: Site) -> Iterator[Scene]:
    """Another command at work on the project for longer than we wait."""
    drops = SlowLoris(bytes_per_second=20)
    world.emulator.faults.add(Fault(effect=drops, route=Route.PAGE, times=None))
    other = site.start(["lock", "--resolver", "uv", "--upgrade"])
    try:
        _wait_for(lambda: any("/simple/" in record.path for record in world.emulator.requests))
        site.environment["CA_VENDOR_LOCK_TIMEOUT"] = "1"
        scene = Scene()
        scene.checks.append(lambda done: iter([] if f"process {other.pid}" in done.err else ["it did not say who"]))
        yield scene
    finally:
        del site.environment["CA_VENDOR_LOCK_TIMEOUT"]
        other.terminate()
        other.communicate()


@contextmanager
def crowded(world: World, site: Site) -> Iterator[Scene]:
    """Other commands on the same project and store at the same time."""
    others = ["lock", "fetch", "lock", "fetch"] if (site.root / "vendor").exists() else ["lock", "lock", "lock"]

    def play(argv: Sequence[str]) -> Done:
        started = time.monotonic()
        processes = [site.start([name, *(["--resolver", "uv"] if name == "lock" else [])]) for name in others]
        done = site.run(argv)
        ends = [finish(process, started) for process in processes]
        failed = [end.err for end in ends if end.code != 0]
        scene.checks.append(lambda _: iter(f"another ended with {error[:200]}" for error in failed))
        return done

    scene = Scene(play=play)
    yield scene


@contextmanager
def damaged_store(world: World, site: Site) -> Iterator[Scene]:
    """A store whose files have lost their end, as on a disk that failed."""
    wheels = [data for path, data in world.references["fetch"].items() if path.endswith(".whl")]
    for data in wheels:
        digest = hashlib.sha256(data).hexdigest()
        place = site.store / "files" / digest[:2] / digest
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data[:-100])
    yield Scene()


def descendants(pid: int) -> list[int]:
    """Return the processes that a process has started, and those they have."""
    found, waiting = list[int](), [pid]
    while waiting:
        for task in Path(f"/proc/{waiting.pop()}/task").glob("*/children"):
            try:
                children = [int(word) for word in task.read_text().split()]
            except OSError:
                continue
            found += children
            waiting += children
    return found


def _is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def _is_downloading(world: World) -> bool:
    return any(record.path.endswith(".whl") for record in world.emulator.requests)


def _wait_for(condition: Any, *, seconds: float = _SOON) -> None:
    ends = time.monotonic() + seconds
    while not condition() and time.monotonic() < ends:
        time.sleep(0.02)
