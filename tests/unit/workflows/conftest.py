"""A place to work in."""

from pathlib import Path

import pytest

from tests.unit.workflows.projects import Workplace


@pytest.fixture
def place(tmp_path: Path) -> Workplace:
    return Workplace(tmp_path / "project")
