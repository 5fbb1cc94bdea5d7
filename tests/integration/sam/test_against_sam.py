"""What this project reads from a template is what SAM CLI would build.

Every directory of ``corpus`` is a case: a ``template.yaml`` or ``template.json``, what it names, and perhaps an
``options.json``. SAM CLI reads the whole corpus once; each case is compared with what it said.

Besides, hundreds of templates are made up, each of many features at once.

Where SAM CLI refuses or trips over a template, there is nothing to compare: then it is read all the same, since the
build itself will say what is wrong with it.
"""

import json
import os
import re
import subprocess
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from ca_vendor.sam import BuildSettings, CodeResource, Template, Workflow, parse_parameter_overrides, read_template
from tests.integration.sam.generated import generate

HERE = Path(__file__).parent
CASES = sorted(path.name for path in (HERE / "corpus").iterdir())
SAM = Path(os.environ.get("CA_VENDOR_TEST_SAM") or HERE.parents[2] / ".venv-sam/bin/sam")

pytestmark = pytest.mark.skipif(not SAM.is_file(), reason=f"needs SAM CLI, and there is none at {SAM}")

# What SAM CLI refuses as a whole, or falls over.
REFUSED = {
    "refused-loops-without-option": "AttributeError",
    "refused-no-handler": "MissingFunctionHandlerException",
    "refused-null-metadata": "AttributeError",
    "refused-null-sections": "InvalidSamDocumentException",
    "refused-web-function-architectures": "InvalidSamDocumentException",
}
# Two resources that are one YAML node get one name in SAM CLI, and only one of them is built. Of two mappings
# merged in one list the earlier one counts, as YAML's specification of `<<` says; to PyYAML 6.0.4 the later one does.
ONLY_OURS = {"yaml-shared-resource": {"Copy"}, "yaml-anchors": {"B"}}
WORKFLOWS = {"python-pip": Workflow.PIP, "python-uv": Workflow.UV, "provided-None": Workflow.MAKEFILE}
UNKNOWN_RUNTIME_WORKFLOWS = {"python-uv": Workflow.UV, "makefile": Workflow.MAKEFILE}
PYTHON_METHOD = re.compile(r"(python3\.\d+|python-uv|makefile)?")
OTHER_RUNTIME = re.compile("nodejs|java|ruby|dotnet|go1|provided")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    name: str
    template: Path
    overrides: Any = field(default_factory=dict)
    base_directory: Path | None = None
    region: str | None = None
    language_extensions: bool = True

    @classmethod
    def load(cls, name: str) -> "Case":
        directory = HERE / "corpus" / name
        file = directory / "options.json"
        options: dict[str, Any] = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
        if "base_directory" in options:
            options["base_directory"] = directory / options["base_directory"]
        (template,) = directory.glob("template.*")
        return cls(name=name, template=template, **options)

    def read(self) -> Template:
        settings = BuildSettings(
            base_directory=self.base_directory,
            region=self.region,
            language_extensions=self.language_extensions,
        )
        overrides = parse_parameter_overrides(self.overrides)
        return read_template(self.template, parameter_overrides=overrides, settings=settings)


@pytest.fixture(scope="session")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return judge([Case.load(name) for name in CASES], tmp_path_factory.mktemp("home"))


def judge(cases: Sequence[Case], home: Path) -> dict[str, Any]:
    """Return what SAM CLI says of each case."""
    questions = [
        {
            "name": case.name,
            "template": str(case.template),
            "overrides": case.overrides,
            "base_directory": str(case.base_directory) if case.base_directory else None,
            "region": case.region,
            "language_extensions": case.language_extensions,
        }
        for case in cases
    ]
    # The script's first line names the interpreter that has SAM CLI.
    interpreter = SAM.read_text(encoding="utf-8").partition("\n")[0].removeprefix("#!").strip()
    result = subprocess.run(
        [interpreter, str(HERE / "referee.py")],
        input=json.dumps(questions),
        capture_output=True,
        text=True,
        check=True,
        cwd=home,
        env={"PATH": os.environ["PATH"], "HOME": str(home), "SAM_CLI_TELEMETRY": "0"},
        timeout=120,
    )
    answer: dict[str, Any] = json.loads(result.stdout)
    return answer


@pytest.mark.parametrize("name", CASES)
def test_the_same_is_built(name: str, verdicts: dict[str, Any]) -> None:
    verdict = verdicts[name]
    template = Case.load(name).read()
    if "raised" in verdict:
        assert verdict["raised"].startswith(f"{REFUSED.get(name)}")
        return
    compare(template, verdict, aside=ONLY_OURS.get(name, set()))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_the_same_is_built_of_templates_that_are_made_up(seed: int, tmp_path: Path) -> None:
    cases = [
        Case(
            name=f"{number}",
            template=each.template,
            overrides=each.overrides,
            region=each.region,
            language_extensions=each.language_extensions,
        )
        for number, each in enumerate(generate(tmp_path / "templates", seed=seed, count=100))
    ]
    verdicts = judge(cases, tmp_path)
    accepted = [case for case in cases if "raised" not in verdicts[case.name]]
    assert len(accepted) > len(cases) / 2, "most are refused, so little would be shown"
    for case in accepted:
        compare(case.read(), verdicts[case.name])


def compare(template: Template, verdict: Mapping[str, Any], *, aside: Collection[str] = ()) -> None:
    # SAM CLI has no architecture for these and fails later on: nothing to compare.
    undecided = {row["logical_id"] for row in verdict["resources"] if not isinstance(row["architecture"], str)}
    aside = undecided.union(aside)
    ours = {item.logical_id: _comparable(item) for item in template.resources if item.logical_id not in aside}
    assert ours == {
        row["logical_id"]: _expected(row)
        for row in verdict["resources"]
        if _is_ours(row) and row["logical_id"] not in aside
    }
    assert [
        {
            "logical_id": image.logical_id,
            "context_directory": str(image.context_directory),
            "dockerfile": image.dockerfile,
            "architecture": image.architecture,
        }
        for image in template.images
    ] == [image for image in verdict["images"] if isinstance(image["architecture"], str)]


def test_every_resource_is_accounted_for(verdicts: dict[str, Any]) -> None:
    for name in CASES:
        template = Case.load(name).read()
        listed = [item.logical_id for item in template.resources]
        listed += [item.logical_id for item in template.images]
        listed += [item.logical_id for item in template.skipped]
        assert len(listed) == len(set(listed))
        built = {row["logical_id"] for row in verdicts[name].get("resources", ())}
        assert built <= set(listed)


def _comparable(resource: CodeResource) -> dict[str, Any]:
    return {
        "logical_id": resource.logical_id,
        "kind": resource.kind.value,
        "code_directory": str(resource.code_directory),
        "runtime": resource.runtime,
        "architecture": resource.architecture,
        "build_method": resource.build_method,
        "workflow": resource.workflow,
    }


def _is_ours(row: dict[str, Any]) -> bool:
    """Whether SAM CLI builds it from Python sources, or would if it knew the runtime."""
    runtime, method = row["runtime"], row["build_method"] or ""
    if not runtime or not isinstance(runtime, str) or not isinstance(method, str) or OTHER_RUNTIME.match(runtime):
        return False
    is_unknown_runtime = row["kind"] == "function" and row["workflow"] == "raised UnsupportedRuntimeException"
    return row["workflow"] in WORKFLOWS or (is_unknown_runtime and PYTHON_METHOD.fullmatch(method) is not None)


def _expected(row: dict[str, Any]) -> dict[str, Any]:
    workflow = WORKFLOWS.get(row["workflow"]) or UNKNOWN_RUNTIME_WORKFLOWS.get(row["build_method"], Workflow.PIP)
    return {**row, "build_method": row["build_method"] or None, "workflow": workflow}
