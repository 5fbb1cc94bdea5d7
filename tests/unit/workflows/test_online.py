"""Wheels in a private directory for the length of a build."""

import re
import shutil
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from ca_vendor.sam import CodeResource, Origin, ResourceKind, Workflow
from ca_vendor.workflows.building import BuildPlan, Use
from ca_vendor.workflows.online import OnlineBuild, online_wheels, resolve_online
from ca_vendor.workflows.preflight import BuildWouldFailError
from ca_vendor.workflows.project import Bundle
from tests.distributions import build_wheel
from tests.unit.workflows.projects import Workplace, tree


@pytest.fixture
def place(tmp_path: Path) -> Workplace:
    return Workplace(tmp_path / "project")


def plan_of(place: Workplace, bundle: Bundle, workflow: Workflow = Workflow.PIP, *, staged: bool = False) -> BuildPlan:
    resource = CodeResource(
        logical_id="Orders",
        kind=ResourceKind.FUNCTION,
        code_directory=bundle.requirements.parent,
        runtime="python3.12",
        architecture="arm64",
        build_method=None,
        workflow=workflow,
        origin=Origin(template=place.root / "template.yaml", line=1),
    )
    return BuildPlan(
        arguments=(),
        uses=(Use(resource=resource, bundle=bundle, manifest=bundle.compiled),),
        bundles=(bundle,),
        code_directories={resource.code_directory: bundle} if staged else {},
    )


def locked(place: Workplace, *, requires: str = "") -> Bundle:
    """Lock two wheels, one of which is in the store alone."""
    bundle = place.bundle(requirements="foo\nbar\n")
    wheels = [build_wheel(place.wheels, "foo", "1.0", requires=[requires] if requires else [])]
    wheels.append(build_wheel(place.wheels, "bar", "2.0"))
    lock = place.lock(bundle, *wheels)
    place.fetch(lock, bundle)
    [pin] = [pin for pin in lock.pins if pin.name == "bar"]
    place.project.wheelhouse(lock.target).path(pin.file.filename).unlink()
    content = (place.wheels / pin.file.filename).read_bytes()
    place.store.add_file(iter([content]), filename=pin.file.filename, sha256=pin.file.sha256, index="")
    return bundle


def test_wheels_are_there_for_the_build_and_nowhere_afterwards(place: Workplace) -> None:
    bundle = locked(place)
    before = tree(place.root)
    online = resolve_online(place.session(), plan_of(place, bundle, staged=True))
    with online_wheels(place.session(), online) as wheels:
        page = Path(unquote(urlsplit(wheels.environment["PIP_FIND_LINKS"]).path))
        [directory] = wheels.environment["UV_FIND_LINKS"].split(",")
        names = sorted(path.name for path in Path(urlsplit(directory).path).iterdir())
        assert names == ["bar-2.0-py3-none-any.whl", "foo-1.0-py3-none-any.whl"]
        [paths] = wheels.staged.values()
        assert sorted(path.name for path in paths) == names
        assert page.parent.stat().st_mode & 0o077 == 0
        assert tree(place.root) == before
    assert not page.parent.exists()
    assert "2 wheels for this build, 0 downloaded" in place.notes.lines


def test_wheelhouse_that_uv_is_told_of_is_there(place: Workplace) -> None:
    bundle = locked(place)
    for pin in place.project.locks()[0].pins:
        content = (place.wheels / pin.file.filename).read_bytes()
        place.store.add_file(iter([content]), filename=pin.file.filename, sha256=pin.file.sha256, index="")
    shutil.rmtree(place.root / "vendor" / "wheelhouse")
    online = resolve_online(place.session(), plan_of(place, bundle, Workflow.UV))
    with online_wheels(place.session(), online):
        assert (place.root / "vendor" / "wheelhouse" / "python3.12-arm64").is_dir()
    assert not (place.root / "vendor" / "wheelhouse").exists()


def test_what_the_wheels_require_is_looked_for(place: Workplace) -> None:
    bundle = place.bundle(requirements="foo\n")
    wheel = build_wheel(place.wheels, "foo", "1.0", requires=["baz"])
    lock = place.lock(bundle, wheel)
    place.fetch(lock, bundle)
    online = OnlineBuild(plan=plan_of(place, bundle), locks={bundle.name: lock})
    with (
        pytest.raises(BuildWouldFailError, match=re.escape("`foo==1.0` requires `baz`")),
        online_wheels(place.session(), online),
    ):
        pass
