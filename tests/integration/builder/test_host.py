import hashlib
import json
import os
import subprocess
import sys
import threading
import time
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from ca_vendor.builder import (
    BackendFailedError,
    BuildSettings,
    ForeignBinaryError,
    HostBuilder,
    Source,
    UnusableSourceError,
    WrongWheelError,
)
from ca_vendor.errors import ExitCode
from ca_vendor.target import find_target
from ca_vendor.view import ServedHostView
from tests.distributions import build_sdist, build_wheel
from tests.integration.builder.conftest import MakeSource
from tests.integration.workflows.conftest import tree

ARM = find_target("python3.12-arm64")

PYPROJECT = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'


def test_metadata_is_the_backends(builder: HostBuilder, make_source: MakeSource) -> None:
    assert builder.prepare_metadata(make_source({})) == b"Metadata-Version: 2.1\nName: foo\nVersion: 1.0\n"


def test_wheel_appears_whole_and_normalised(builder: HostBuilder, make_source: MakeSource, tmp_path: Path) -> None:
    built = builder.build_wheel(make_source({}), tmp_path / "wheels", target=ARM)
    assert built.path == tmp_path / "wheels" / "foo-1.0-py3-none-any.whl"
    assert list((tmp_path / "wheels").iterdir()) == [built.path]
    assert hashlib.sha256(built.path.read_bytes()).hexdigest() == built.sha256
    with zipfile.ZipFile(built.path) as archive:
        assert archive.namelist()[-1] == "foo-1.0.dist-info/RECORD"
        assert b"1.0" in archive.read("foo/__init__.py")


def test_source_tree_is_not_written_into(builder: HostBuilder, tmp_path: Path) -> None:
    root = tmp_path / "common"
    (root / "src").mkdir(parents=True)
    (root / "src/foo.py").touch()
    (root / "pyproject.toml").write_text(PYPROJECT)
    (root / "backend.py").write_text(
        "import pathlib\n"
        "pathlib.Path('src/written.py').touch()\n"
        "def prepare_metadata_for_build_wheel(directory, config_settings=None):\n"
        "    info = pathlib.Path(directory, 'foo-1.0.dist-info')\n"
        "    info.mkdir()\n"
        "    info.joinpath('METADATA').write_text('Name: foo\\nVersion: 1.0\\n')\n"
        "    return info.name\n"
    )
    before = tree(tmp_path)
    assert builder.prepare_metadata(Source(path=root, shown="./common")) == b"Name: foo\nVersion: 1.0\n"
    assert tree(tmp_path) == before


def test_metadata_of_a_backend_without_the_hook_comes_from_its_wheel(
    builder: HostBuilder, make_source: MakeSource
) -> None:
    backend = "from _backend import build_wheel\n"
    source = make_source({"pyproject.toml": PYPROJECT, "backend.py": backend})
    assert b"Name: foo" in builder.prepare_metadata(source)


def test_build_requirements_come_from_the_view(builder: HostBuilder, make_source: MakeSource) -> None:
    source = make_source({"pyproject.toml": PYPROJECT.replace("[]", '["no-such-tool>=2"]')})
    with pytest.raises(BackendFailedError, match="its build requirements cannot be installed") as caught:
        builder.prepare_metadata(source)
    assert "no-such-tool" in caught.value.output
    assert "publish that build requirement to the index" in caught.value.hint
    assert caught.value.exit_code == ExitCode.BUILD


def test_backend_that_fails_is_told_with_its_last_lines(
    builder: HostBuilder, make_source: MakeSource, view: ServedHostView
) -> None:
    backend = "import os\nprint(os.environ['PIP_INDEX_URL'])\nraise RuntimeError('half a file is missing')\n"
    source = make_source({"pyproject.toml": PYPROJECT, "backend.py": backend})
    with pytest.raises(BackendFailedError, match=r"`foo==1\.0` cannot be built: its backend failed") as caught:
        builder.prepare_metadata(source)
    assert any("RuntimeError: half a file is missing" in line for line in caught.value.details)
    assert view.url not in str(caught.value) + caught.value.output


@pytest.mark.parametrize(
    ("pyproject", "problem"),
    [
        ("not toml", "Failed to parse"),
        ('[build-system]\nrequires = "x"', "Failed to validate"),
        ('[build-system]\nrequires = []\nbuild-backend = "missing"', "missing"),
    ],
)
def test_build_system_that_is_none_is_told(
    builder: HostBuilder, make_source: MakeSource, pyproject: str, problem: str
) -> None:
    with pytest.raises(BackendFailedError, match=problem):
        builder.prepare_metadata(make_source({"pyproject.toml": pyproject}))


def test_source_without_anything_to_build_is_told(builder: HostBuilder, tmp_path: Path) -> None:
    with pytest.raises(UnusableSourceError, match=r"neither a pyproject\.toml nor a setup.py"):
        builder.prepare_metadata(Source(path=tmp_path, shown="./empty"))
    (tmp_path / "foo.whl").touch()
    with pytest.raises(UnusableSourceError, match="neither a source archive nor a directory"):
        builder.prepare_metadata(Source(path=tmp_path / "foo.whl", shown="foo"))


def test_foreign_binary_is_refused(builder: HostBuilder, make_source: MakeSource, tmp_path: Path) -> None:
    wheel = build_wheel(tmp_path, "foo", "1.0", tag="cp312-cp312-linux_x86_64")
    backend = (
        "import pathlib\n"
        "def build_wheel(directory, config_settings=None, metadata_directory=None):\n"
        f"    pathlib.Path(directory, {wheel.name!r}).write_bytes(bytes.fromhex({wheel.read_bytes().hex()!r}))\n"
        f"    return {wheel.name!r}\n"
    )
    source = make_source({"pyproject.toml": PYPROJECT, "backend.py": backend})
    with pytest.raises(ForeignBinaryError, match="cp312-cp312-linux_x86_64"):
        builder.build_wheel(source, tmp_path / "wheels", target=ARM)
    assert not (tmp_path / "wheels").exists()


OUTPUTS = {
    "no wheel": ("", "no wheels"),
    "two wheels": ("open(directory + '/a.whl', 'w'); open(directory + '/b.whl', 'w')", "2 wheels"),
    "a link": ("import os; os.symlink('/etc/hostname', directory + '/a.whl')", "is not a file"),
    "nonsense": ("open(directory + '/foo-1.0-py3-none-any.whl', 'w').write('x')", "archive is broken"),
}


@pytest.mark.parametrize(("code", "problem"), OUTPUTS.values(), ids=OUTPUTS)
def test_output_that_is_no_wheel_is_told(
    builder: HostBuilder, make_source: MakeSource, tmp_path: Path, code: str, problem: str
) -> None:
    backend = (
        f"def build_wheel(directory, config_settings=None, metadata_directory=None):\n    {code}\n    return 'x'\n"
    )
    source = make_source({"pyproject.toml": PYPROJECT, "backend.py": backend})
    with pytest.raises(WrongWheelError, match=problem):
        builder.build_wheel(source, tmp_path / "wheels", target=ARM)


METADATA_OUTPUTS = {
    "no METADATA": ("pass", "has no"),
    "a link": ("os.symlink('/etc/hostname', info + '/METADATA')", "cannot be read"),
    "a pipe": ("os.mkfifo(info + '/METADATA')", "cannot be read"),
    "no end": ("open(info + '/METADATA', 'wb').truncate(1 << 24)", "cannot be read"),
}


@pytest.mark.parametrize(("code", "problem"), METADATA_OUTPUTS.values(), ids=METADATA_OUTPUTS)
def test_output_that_is_no_metadata_is_told(
    builder: HostBuilder, make_source: MakeSource, code: str, problem: str
) -> None:
    backend = (
        "import os\n"
        "def prepare_metadata_for_build_wheel(directory, config_settings=None):\n"
        "    info = directory + '/foo-1.0.dist-info'\n"
        "    os.mkdir(info)\n"
        f"    {code}\n"
        "    return 'foo-1.0.dist-info'\n"
    )
    source = make_source({"pyproject.toml": PYPROJECT, "backend.py": backend})
    with pytest.raises(WrongWheelError, match=problem):
        builder.prepare_metadata(source)


def test_abort_ends_the_build(settings: BuildSettings, make_source: MakeSource) -> None:
    source = make_source({"pyproject.toml": PYPROJECT, "backend.py": "import time; time.sleep(60)"})
    abort = threading.Event()
    threading.Timer(1.5, abort.set).start()
    started = time.monotonic()
    with pytest.raises(BackendFailedError):
        HostBuilder(replace(settings, abort=abort.is_set)).prepare_metadata(source)
    assert time.monotonic() - started < 30


def test_nothing_is_left_behind(
    builder: HostBuilder, make_source: MakeSource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    builder.build_wheel(make_source({}), tmp_path / "wheels", target=ARM)
    with pytest.raises(UnusableSourceError):
        builder.prepare_metadata(Source(path=tmp_path, shown="./empty"))
    assert os.listdir(scratch) == []  # noqa: PTH208 - a list, to be shown where it is not empty


def test_subdirectory_is_the_project(builder: HostBuilder, tmp_path: Path) -> None:
    inner = build_sdist(tmp_path, "foo", "1.0")
    with zipfile.ZipFile(tmp_path / "repo.zip", "w") as archive:
        import tarfile

        with tarfile.open(inner) as sdist:
            for member in sdist:
                content = sdist.extractfile(member)
                assert content is not None
                archive.writestr(f"repo-abc/libs/{member.name}", content.read())
    source = Source(path=tmp_path / "repo.zip", shown="foo @ https://…", subdirectory="libs/foo-1.0")
    assert b"Name: foo" in builder.prepare_metadata(source)


@pytest.mark.parametrize("confine", [True, False])
def test_build_and_pip_are_found_where_python_does_not_look_by_itself(tmp_path: Path, confine: bool) -> None:
    """As after `pip install --user`, which isolated Pythons do not look into."""
    site = Path(next(path for path in sys.path if path.endswith("site-packages")))
    root = Path(__file__).parents[3]
    sdist = build_sdist(tmp_path, "foo", "1.0", metadata_version="2.1")
    task = json.dumps({"source": str(sdist), "confine": confine})
    base: str = sys._base_executable  # type: ignore[attr-defined]
    done = subprocess.run(
        [base, "-m", "tests.integration.builder.once", task],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(map(str, (root, root / "src", site)))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Name: foo" in json.loads(done.stdout)["metadata"]
