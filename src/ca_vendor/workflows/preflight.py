"""What would make `sam build` fail, found before it runs and told in our words."""

import os
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ca_vendor.errors import CaVendorError, ExitCode
from ca_vendor.lock import render_requirements
from ca_vendor.process import run_process
from ca_vendor.sam import NEVER_SHIPPED, Workflow, container_engine_problem, refusal
from ca_vendor.workflows.building import BuildPlan, Use
from ca_vendor.workflows.check import FETCH, LOCK, check_bundles
from ca_vendor.workflows.project import Bundle, Project, read_text

_SHOWN = 4

_PROBE = """
import sys
try:
    import pip
except ImportError:
    pip = None
print(*sys.version_info[:2], pip is not None)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something that would make `sam build` fail.

    Attributes:
        text: what it is.
        mend: what to do.
        exit_code: what kind of problem it is.
    """

    text: str
    mend: str
    exit_code: ExitCode

    def __str__(self) -> str:
        return f"{self.text} → {self.mend}"


class BuildWouldFailError(CaVendorError):
    """`sam build` was not run, as it would fail."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        count = f"{len(problems)} reasons" if len(problems) > 1 else "this"
        mends = ", then ".join(dict.fromkeys(problem.mend for problem in problems))
        super().__init__(f"`sam build` would fail for {count}", details=tuple(_shown(problems)), hint=mends)
        self.problems = tuple(problems)
        self.exit_code = problems[0].exit_code


def _shown(problems: Sequence[Problem]) -> Iterator[str]:
    """Yield what is told of problems: of many with one remedy in one bundle, the first few."""
    alike = defaultdict[tuple[str, str], list[Problem]](list)
    for problem in problems:
        alike[problem.text.partition(": ")[0], problem.mend].append(problem)
    for (subject, _), group in alike.items():
        yield from (problem.text for problem in group[:_SHOWN])
        if len(group) > _SHOWN:
            yield f"{subject}: and {len(group) - _SHOWN} more of the kind"


def require_buildable(
    project: Project, plan: BuildPlan, *, environment: Mapping[str, str], is_vendored: bool = True
) -> None:
    """See that `sam build` will find all it needs; needs no network and changes nothing.

    Args:
        project: where things are.
        plan: what will be built.
        environment: what `sam build` will run in.
        is_vendored: whether the project's wheelhouses are what is installed from.

    Raises:
        BuildWouldFailError: it will not.
        CaVendorError: inputs cannot be read.
    """
    found = _vendored(project, plan) if is_vendored else _locked(project, plan)
    _refuse([*found, *_problems(project, plan, environment)])


def require_complete(project: Project, bundles: Sequence[Bundle]) -> None:
    """See that locked wheels, wherever they are, hold all they require and are not too large.

    Args:
        project: whose wheelhouses hold them.
        bundles: with a lock each.

    Raises:
        BuildWouldFailError: something is missing.
    """
    _refuse(list(_differences(project, bundles, besides=FETCH)))


def _refuse(problems: Sequence[Problem]) -> None:
    if problems:
        raise BuildWouldFailError(list(dict.fromkeys(problems)))


def _vendored(project: Project, plan: BuildPlan) -> Iterator[Problem]:
    for use in plan.uses:
        yield from _manifest(project, use)
    yield from _differences(project, plan.checked)
    for use in plan.uses:
        yield from _shipped(project, use)


def _locked(project: Project, plan: BuildPlan) -> Iterator[Problem]:
    """Find what of locks and requirements files does not agree, where the wheels are still to come."""
    yield from _differences(project, plan.checked, besides=FETCH)
    for bundle in plan.checked:
        lock, present = project.read_lock(bundle.name), read_text(bundle.compiled)
        if lock and present not in {render_requirements(lock), project.vendored_text(lock, bundle)}:
            shown = project.shown(bundle.compiled)
            text = f"{bundle.name}: `{shown}` is not what the lock says" if present else f"there is no `{shown}`"
            yield Problem(text=text, mend=f"run `{LOCK}`", exit_code=ExitCode.STALE)


def _differences(project: Project, bundles: Sequence[Bundle], *, besides: str = "") -> Iterator[Problem]:
    for difference in check_bundles(project, bundles, router=None, whole=False):
        if difference.mend != besides:
            mend = f"run `{difference.mend}`" if difference.mend in {LOCK, FETCH} else difference.mend
            yield Problem(text=f"{difference.bundle}: {difference.problem}", mend=mend, exit_code=ExitCode.STALE)


def _problems(project: Project, plan: BuildPlan, environment: Mapping[str, str]) -> Iterator[Problem]:
    yield from _nothing(plan)
    yield from _files(project, plan)
    for use in plan.uses:
        yield from _refused(project, use)
        yield from _uv_in_container(use) if plan.in_container else ()
        yield from _uv_without(project, use)
    if (plan.in_container and plan.uses) or plan.images:
        yield from _engine(environment)
    if not plan.in_container:
        yield from _programs(plan, environment)


def _manifest(project: Project, use: Use) -> Iterator[Problem]:
    """Find requirements that SAM would install and that no lock describes."""
    lines = () if use.bundle is not None else (read_text(use.manifest) or "").splitlines()
    if any(line.strip() and not line.strip().startswith("#") for line in lines):
        shown = project.shown(use.manifest)
        yield Problem(
            text=f"{use.resource.logical_id}: no lock describes `{shown}`, so there are no wheels for it",
            mend=f"rename `{shown}` to requirements.in, run `{LOCK}` and `{FETCH}`",
            exit_code=ExitCode.STALE,
        )


def _refused(project: Project, use: Use) -> Iterator[Problem]:
    """Find wheels that Lambda would load and that SAM would not install."""
    lock = project.read_lock(use.bundle.name) if use.bundle else None
    for pin in lock.pins if lock else ():
        name, resource = pin.file.filename, use.resource
        if reason := refusal(name, resource.runtime, resource.architecture, workflow=resource.workflow):
            yield Problem(
                text=f"{resource.logical_id}: `{name}`: {reason}",
                mend=f"pin a version of `{pin.name}` that has an older wheel, or build with a makefile",
                exit_code=ExitCode.TARGET,
            )


def _nothing(plan: BuildPlan) -> Iterator[Problem]:
    """Find that there is nothing of the name to build, or no template at all; a hook of SAM's makes its own."""
    if plan.unknown:
        yield Problem(
            text=f"the template has no function or layer `{plan.unknown}`",
            mend=f"name one of {', '.join(plan.known)}",
            exit_code=ExitCode.INPUT,
        )
    if not plan.has_template and not any(word.startswith("--hook-name") for word in plan.arguments):
        yield Problem(
            text="there is no template.yaml, template.yml or template.json here",
            mend="run this where the template is, or name it with `--template-file`",
            exit_code=ExitCode.TEMPLATE,
        )


def _files(project: Project, plan: BuildPlan) -> Iterator[Problem]:
    """Find a missing Makefile or Dockerfile."""
    for use in plan.uses:
        makefile = use.resource.code_directory / "Makefile"
        is_usual = use.manifest.parent == use.resource.code_directory
        if use.resource.workflow is Workflow.MAKEFILE and is_usual and not makefile.is_file():
            yield _no_file(use.resource.logical_id, project.shown(makefile))
    for image in plan.images:
        dockerfile = image.context_directory / image.dockerfile
        if not dockerfile.is_file():
            yield _no_file(image.logical_id, project.shown(dockerfile))


def _no_file(logical_id: str, path: str) -> Problem:
    text = f"{logical_id}: there is no `{path}`"
    return Problem(text=text, mend="create it, or mend the path in the template", exit_code=ExitCode.TEMPLATE)


def _uv_in_container(use: Use) -> Iterator[Problem]:
    if use.resource.workflow is Workflow.UV:
        yield Problem(
            text=f"{use.resource.logical_id}: SAM CLI does not build `python-uv` in a container",
            mend="leave out `--use-container`: uv builds for any architecture without",
            exit_code=ExitCode.TEMPLATE,
        )


def _uv_without(project: Project, use: Use) -> Iterator[Problem]:
    """Find functions that uv would build only with what their lock leaves out: nothing tells it to follow none."""
    lock = project.read_lock(use.bundle.name) if use.bundle and use.resource.workflow is Workflow.UV else None
    if lock is not None and (lock.provided or lock.missing):
        out = [*lock.provided, *(each.requirement for each in lock.missing)]
        yield Problem(
            text=f"{use.resource.logical_id}: `{out[0]}` is left out of it, and `python-uv` installs what is required",
            mend=f"build it with `BuildMethod: {use.resource.runtime}`, or leave nothing out",
            exit_code=ExitCode.TEMPLATE,
        )


def _shipped(project: Project, use: Use) -> Iterator[Problem]:
    """Find a wheelhouse that SAM would copy into the artifact, as it lies in the code directory."""
    wheelhouse, code = (project.root / project.settings.wheelhouse).resolve(), use.resource.code_directory.resolve()
    if use.resource.workflow is Workflow.MAKEFILE or not wheelhouse.is_relative_to(code):
        return
    if not NEVER_SHIPPED.intersection(wheelhouse.relative_to(code).parts):
        cache = project.shown(code / ".cache" / "wheelhouse")
        yield Problem(
            text=f"{use.resource.logical_id}: `{project.settings.wheelhouse}` is in its code directory and would be "
            "shipped with it",
            mend=f'set `wheelhouse = "{cache}"`, which SAM never ships, and run `{FETCH}`',
            exit_code=ExitCode.CONFIGURATION,
        )


def _engine(environment: Mapping[str, str]) -> Iterator[Problem]:
    if problem := container_engine_problem(environment):
        yield Problem(
            text=f"no container engine answers: {problem}",
            mend="start Docker or Finch, or set DOCKER_HOST to where it listens",
            exit_code=ExitCode.FAILED,
        )


def _programs(plan: BuildPlan, environment: Mapping[str, str]) -> Iterator[Problem]:
    path = environment.get("PATH", os.defpath)
    workflows = {use.resource.workflow for use in plan.uses}
    for workflow, program in ((Workflow.UV, "uv"), (Workflow.MAKEFILE, "make")):
        if workflow in workflows and shutil.which(program, path=path) is None:
            yield Problem(
                text=f"`{program}` is not on the PATH, and {_users(plan, workflow=workflow)} build with it",
                mend=f"install {program}",
                exit_code=ExitCode.FAILED,
            )
    installing = (use for use in plan.uses if use.resource.workflow is Workflow.PIP)
    for runtime in dict.fromkeys(use.resource.runtime for use in installing if use.manifest.is_file()):
        if problem := _interpreter_problem(runtime, path, environment):
            yield Problem(
                text=f"{problem}, and {_users(plan, runtime=runtime)} run on it",
                mend=f"install {runtime} and put it on the PATH, or build with `--use-container`",
                exit_code=ExitCode.FAILED,
            )


def _users(plan: BuildPlan, *, workflow: Workflow = Workflow.PIP, runtime: str | None = None) -> str:
    resources = (use.resource for use in plan.uses if use.resource.workflow is workflow)
    return ", ".join(resource.logical_id for resource in resources if runtime in {None, resource.runtime})


def _interpreter_problem(runtime: str, path: str, environment: Mapping[str, str]) -> str:
    """Say what is wrong with the interpreters on the PATH, looked for as SAM does; empty where one will do."""
    without_pip = ""
    for program in (runtime, "python", "python3"):
        for directory in path.split(os.pathsep):
            found = shutil.which(program, path=directory) if directory else None
            version, has_pip = _probed(found, environment) if found else ("", False)
            if version == runtime and has_pip:
                return ""
            if version == runtime:
                without_pip = found or ""
    return f"`{without_pip}` has no pip" if without_pip else f"{runtime} is not on the PATH"


def _probed(executable: str, environment: Mapping[str, str]) -> tuple[str, bool]:
    """Return an interpreter's runtime name and whether it has pip; an empty name where it does not start."""
    try:
        with tempfile.TemporaryDirectory() as scratch:
            done = run_process([executable, "-c", _PROBE], environment=environment, directory=Path(scratch))
        major, minor, has_pip = done.output.split()
    except (OSError, ValueError, CaVendorError):
        return "", False
    return f"python{major}.{minor}", has_pip == "True"
