import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from ca_vendor.config import Settings
from ca_vendor.errors import ExitCode
from ca_vendor.lock import Lock, render_requirements
from ca_vendor.target import Glibc
from ca_vendor.workflows import check
from ca_vendor.workflows.check import Difference, DifferencesError, check_bundles
from ca_vendor.workflows.project import Bundle, Project
from tests.distributions import build_wheel
from tests.unit.workflows.projects import NOWHERE, TARGET, Workplace, routes, tree

LOCK, FETCH = "ca-vendor lock", "ca-vendor fetch"
WHEELHOUSE = "vendor/wheelhouse/python3.12-arm64"


@dataclass
class Fetched:
    """A bundle that has been locked and fetched."""

    place: Workplace
    bundle: Bundle
    lock: Lock

    def check(
        self, *, index: str | None = NOWHERE, claims: Mapping[str, str] | None = None, whole: bool = True
    ) -> list[Difference]:
        router = routes(index, claims or {})
        return check_bundles(self.place.project, [self.bundle], router=router, whole=whole)

    def found(
        self, *, index: str | None = NOWHERE, claims: Mapping[str, str] | None = None, whole: bool = True
    ) -> list[tuple[str, str]]:
        """Return each problem with the command that mends it."""
        return [(each.problem, each.mend) for each in self.check(index=index, claims=claims, whole=whole)]

    def relock(self, **changes: object) -> None:
        """Write another lock, and the requirements.txt of it."""
        self.lock = replace(self.lock, **changes)  # type: ignore[arg-type]
        self.place.write_lock(self.lock)
        self.bundle.compiled.write_text(self.place.project.vendored_text(self.lock, self.bundle))

    def wheel(self, filename: str = "foo-1.0-py3-none-any.whl") -> Path:
        return self.place.root / WHEELHOUSE / filename


@pytest.fixture
def fetched(place: Workplace) -> Fetched:
    foo = build_wheel(place.wheels, "foo", "1.0", requires=["bar>=1", "windows ; sys_platform == 'win32'"])
    bar = build_wheel(place.wheels, "bar", "1.0")
    bundle = place.bundle(requirements="foo>=1\n")
    lock = place.lock(bundle, foo, bar)
    place.fetch(lock, bundle)
    return Fetched(place, bundle, lock)


def test_everything_agrees_and_nothing_is_changed(fetched: Fetched) -> None:
    before = tree(fetched.place.root)
    assert fetched.check() == []
    assert tree(fetched.place.root) == before


def test_lock_that_is_missing(fetched: Fetched) -> None:
    fetched.place.project.lock_path("orders").unlink()
    assert fetched.found(whole=False) == [("there is no lock `vendor/pylock.orders.toml`", LOCK)]


def test_lock_that_cannot_be_read_is_told_once(fetched: Fetched) -> None:
    fetched.place.project.lock_path("orders").write_text("<<<<<<< HEAD\n")
    [(problem, mend)] = fetched.found()
    assert problem.startswith("`vendor/pylock.orders.toml` cannot be read as a lock")
    assert mend == LOCK


def test_inputs_that_have_changed(fetched: Fetched) -> None:
    fetched.bundle.requirements.write_text("foo>=2\n")
    assert fetched.found() == [("`src/orders/requirements.in` has changed since it was locked", LOCK)]


def test_comment_in_the_inputs_is_no_change(fetched: Fetched) -> None:
    fetched.bundle.requirements.write_text("# why\nfoo>=1\n")
    assert fetched.found() == []


def test_target_that_has_changed(fetched: Fetched) -> None:
    fetched.bundle = replace(fetched.bundle, target=replace(TARGET, glibc=Glibc(2, 40)))
    [(problem, mend)] = fetched.found()
    assert problem == (
        f"it was locked for python3.12-arm64 (Python {TARGET.python_full_version}, glibc 2.34), "
        f"and is for python3.12-arm64 (Python {TARGET.python_full_version}, glibc 2.40)"
    )
    assert mend == LOCK


def test_index_that_has_changed(fetched: Fetched) -> None:
    assert fetched.found(index="codeartifact:acme/python") == [
        (f"it was locked against {NOWHERE}, and codeartifact:acme/python is configured", LOCK)
    ]
    assert fetched.found(index=None) == []


def test_pin_that_another_index_claims(fetched: Fetched) -> None:
    other = "https://team.example/simple/"
    assert fetched.found(claims={"fo*": other}) == [
        (f"`foo` was locked from {NOWHERE}, and the index `index-0` ({other}) claims it", LOCK)
    ]
    assert fetched.found(claims={"urllib3": other}) == []


def test_pin_that_its_index_claims_no_more(fetched: Fetched) -> None:
    other = "https://team.example/simple/"
    bar, foo = fetched.lock.pins
    fetched.relock(pins=(bar, replace(foo, index=other)), indexes={other: other})
    assert fetched.found(claims={"fo*": other}) == []
    assert fetched.found(claims={"urllib3": other}) == [
        (f"`foo` was locked from {other}, and no index claims it now", LOCK)
    ]
    assert fetched.found() == [(f"`foo` was locked from {other}, and no index claims it now", LOCK)]


def test_pins_that_all_had_an_index_of_their_own(fetched: Fetched) -> None:
    other = "https://team.example/simple/"
    pins = tuple(replace(pin, index=other) for pin in fetched.lock.pins)
    fetched.relock(pins=pins, index="", index_url="", indexes={other: other})
    assert fetched.found(index=None, claims={"*": other}) == []
    [(problem, mend)] = fetched.found(claims={"*": other})
    assert (problem, mend) == (f"each of its pins had an index of its own, and {NOWHERE} is configured", LOCK)


def test_claims_hold_for_an_ad_hoc_bundle_too(fetched: Fetched) -> None:
    fetched.bundle = replace(fetched.bundle, ad_hoc=True)
    [(problem, _)] = fetched.found(index="codeartifact:acme/python", claims={"foo": "https://team.example/simple/"})
    assert problem.startswith("`foo` was locked from")


def test_index_of_an_ad_hoc_bundle_is_its_own(fetched: Fetched) -> None:
    fetched.bundle = replace(fetched.bundle, ad_hoc=True)
    assert fetched.found(index="codeartifact:acme/python") == []


def test_lock_of_another_requirements_file(fetched: Fetched) -> None:
    fetched.relock(requirements="../elsewhere/requirements.in")
    assert fetched.found() == [("it was locked for `../elsewhere/requirements.in`, another requirements.in", LOCK)]


def test_wheel_that_the_target_does_not_load(fetched: Fetched) -> None:
    pin = fetched.lock.pins[0]
    filename = "bar-1.0-cp311-cp311-manylinux_2_17_x86_64.whl"
    fetched.wheel("bar-1.0-py3-none-any.whl").rename(fetched.wheel(filename))
    fetched.relock(pins=(replace(pin, file=replace(pin.file, filename=filename)), fetched.lock.pins[1]))
    assert fetched.found() == [(f"`{filename}` does not load on python3.12-arm64 (glibc 2.34)", LOCK)]


def test_requirements_file_that_is_missing(fetched: Fetched) -> None:
    fetched.bundle.compiled.unlink()
    assert fetched.found() == [("there is no `src/orders/requirements.txt`", FETCH)]


def test_requirements_file_that_was_not_fetched(fetched: Fetched) -> None:
    fetched.bundle.compiled.write_text(render_requirements(fetched.lock))
    assert fetched.found() == [("`src/orders/requirements.txt` does not name the wheelhouse yet", FETCH)]


def test_requirements_file_that_was_edited(fetched: Fetched) -> None:
    with fetched.bundle.compiled.open("a") as file:
        file.write("evil==1.0\n")
    assert fetched.found() == [("`src/orders/requirements.txt` is not what the lock says", FETCH)]


def test_wheel_that_is_missing(fetched: Fetched) -> None:
    fetched.wheel().unlink()
    assert fetched.found() == [(f"there is no `{WHEELHOUSE}/foo-1.0-py3-none-any.whl`", FETCH)]


def test_wheel_that_was_changed(fetched: Fetched) -> None:
    fetched.wheel().write_bytes(b"evil")
    [(problem, mend)] = fetched.found()
    assert problem.startswith(f"`{WHEELHOUSE}/foo-1.0-py3-none-any.whl` has sha256 ")
    assert problem.endswith("… was locked")
    assert mend == FETCH


def test_wheel_that_no_lock_names(fetched: Fetched) -> None:
    fetched.wheel("left-1.0-py3-none-any.whl").write_bytes(b"")
    assert fetched.found() == [(f"no lock names `{WHEELHOUSE}/left-1.0-py3-none-any.whl`", FETCH)]
    assert fetched.found(whole=False) == []


def test_lock_of_no_bundle(fetched: Fetched) -> None:
    fetched.place.write_lock(replace(fetched.lock, bundle="gone"))
    assert fetched.found() == [("`vendor/pylock.gone.toml` is the lock of no bundle", "rm vendor/pylock.gone.toml")]


def test_requirement_of_a_wheel_that_is_not_pinned(fetched: Fetched) -> None:
    fetched.relock(pins=fetched.lock.pins[1:])
    fetched.wheel("bar-1.0-py3-none-any.whl").unlink()
    assert fetched.found() == [("`foo==1.0` requires `bar>=1`, which is not pinned", LOCK)]


def test_pin_that_nothing_requires(fetched: Fetched) -> None:
    extra = build_wheel(fetched.place.wheels, "extra", "1.0")
    foo, bar = (fetched.place.wheels / f"{name}-1.0-py3-none-any.whl" for name in ("foo", "bar"))
    fetched.lock = fetched.place.lock(fetched.bundle, foo, bar, extra)
    fetched.place.fetch(fetched.lock, fetched.bundle)
    assert fetched.found() == [("`extra` is pinned, and nothing requires it", LOCK)]


def lock_and_fetch(fetched: Fetched, *wheels: Path) -> None:
    fetched.lock = fetched.place.lock(fetched.bundle, *wheels)
    fetched.place.fetch(fetched.lock, fetched.bundle)


def put_in_place_of_foo(fetched: Fetched, data: bytes) -> None:
    """Lock and fetch another file under the name of foo's wheel."""
    bar, foo = fetched.lock.pins
    file = replace(foo.file, sha256=hashlib.sha256(data).hexdigest())
    fetched.relock(pins=(bar, replace(foo, file=file)))
    fetched.wheel().write_bytes(data)


def test_direct_reference_in_a_wheel(fetched: Fetched, tmp_path: Path) -> None:
    other = build_wheel(tmp_path / "other", "foo", "1.0", requires=["bar @ https://x/bar.whl"])
    put_in_place_of_foo(fetched, other.read_bytes())
    [(problem, mend)] = fetched.found()
    assert "a direct reference that leaves the index" in problem
    assert mend == LOCK


def test_wheel_that_was_locked_broken(fetched: Fetched) -> None:
    put_in_place_of_foo(fetched, b"not a wheel")
    [(problem, mend)] = fetched.found()
    assert "is not a usable wheel" in problem
    assert mend == LOCK


@pytest.mark.parametrize(
    "text",
    [
        "# https://me:hunter2@index.example/simple/\nfoo>=1\n",
        f"# token eyJhbGciOiJIUzI1NiIsInR5cCI6.{'x' * 120}\nfoo>=1\n",
        "# AKIAIOSFODNN7EXAMPLE\nfoo>=1\n",
        "# key ASIAIOSFODNN7EXAMPLE!\nfoo>=1\n",
    ],
    ids=["url", "token", "key", "temporary-key"],
)
def test_credential_in_a_file_is_told_without_repeating_it(fetched: Fetched, text: str) -> None:
    fetched.bundle.requirements.write_text(f"\n{text}")
    [(problem, mend)] = fetched.found()
    assert problem == "`src/orders/requirements.in` line 2 seems to hold a credential"
    assert mend.startswith("remove it")


def test_credential_in_the_configuration_is_told(fetched: Fetched) -> None:
    source = fetched.place.root / "ca-vendor.toml"
    source.write_text("# https://me:hunter2@x/\n")
    project = Project(settings=Settings(root=fetched.place.root, source=source))
    [difference] = check_bundles(project, [fetched.bundle], router=None, whole=True)
    assert difference.problem == "`ca-vendor.toml` line 1 seems to hold a credential"
    assert difference.bundle == ""


@pytest.mark.parametrize(
    "text", ["# see https://x/@scope/y\nfoo>=1\n", "# AKIA\nfoo>=1\n", "# me@example.org\nfoo>=1\n"]
)
def test_what_is_no_credential_is_left_alone(fetched: Fetched, text: str) -> None:
    fetched.bundle.requirements.write_text(text)
    assert fetched.found() == []


def test_function_that_is_too_large_for_lambda(fetched: Fetched, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check, "LAMBDA_LIMIT_BYTES", 2**21)
    big = build_wheel(fetched.place.wheels, "foo", "1.0", files={"foo/data": bytes(2**21)})
    lock_and_fetch(fetched, big)
    fetched.wheel("bar-1.0-py3-none-any.whl").unlink()
    [(problem, mend)] = fetched.found()
    assert problem == "its wheels unzip to 2 MB, and Lambda takes 250 MB"
    assert "image" in mend


@pytest.mark.parametrize(("count", "message"), [(1, "1 difference"), (3, "3 differences")])
def test_differences_end_with_an_exit_code_of_their_own(count: int, message: str) -> None:
    error = DifferencesError([Difference(bundle="a", problem="b", mend="c")] * count)
    assert (error.message, error.exit_code) == (message, ExitCode.STALE)
