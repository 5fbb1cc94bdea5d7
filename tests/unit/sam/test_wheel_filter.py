import pytest

from ca_vendor.sam import Workflow, refusal


@pytest.mark.parametrize(
    ("tag", "workflow", "expected"),
    [
        ("cp312-cp312-manylinux_2_34_aarch64", Workflow.PIP, ""),
        ("cp312-cp312-manylinux_2_34_aarch64", Workflow.UV, "up to glibc 2.28 with `python-uv`"),
        ("cp312-cp312-manylinux_2_28_aarch64", Workflow.UV, ""),
        ("cp312-cp312-manylinux_2_39_aarch64", Workflow.PIP, "up to glibc 2.34 for python3.12"),
        ("cp312-cp312-manylinux_2_39_aarch64", Workflow.MAKEFILE, ""),
        ("cp312-cp312-manylinux_2_17_x86_64", Workflow.PIP, "wheels for arm64"),
        ("cp311-cp311-manylinux_2_17_aarch64", Workflow.PIP, "no ABI `cp311`"),
        ("cp39-abi3-manylinux2014_aarch64", Workflow.PIP, ""),
        ("py3-none-any", Workflow.UV, ""),
    ],
)
def test_refusal(tag: str, workflow: Workflow, expected: str) -> None:
    reason = refusal(f"demo-1.0-{tag}.whl", "python3.12", "arm64", workflow=workflow)
    assert (expected in reason) if expected else not reason


def test_runtime_that_sam_does_not_know() -> None:
    reason = refusal("demo-1.0-py3-none-any.whl", "python3.15", "arm64", workflow=Workflow.PIP)
    assert reason == "`sam build` does not know python3.15"
