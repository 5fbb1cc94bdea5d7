"""lock, fetch and check, one after the other, against a local CodeArtifact with the real pip-compile."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.pylock import Pylock

from ca_vendor import toml
from ca_vendor.emulator import Emulator
from ca_vendor.lock import parse_lock
from tests.distributions import build_wheel
from tests.integration.workflows.conftest import Command, tree


def pins(project: Path, bundle: str) -> dict[str, str]:
    """Return the file of each pin."""
    path = project / "vendor" / f"pylock.{bundle}.toml"
    return {pin.name: pin.file.filename for pin in parse_lock(path.read_text(), path=path).pins}


def data_requests(emulator: Emulator) -> list[str]:
    """Return the paths asked for, control plane and data plane."""
    return [record.path for record in emulator.requests]


def test_locks_each_function_for_its_own_target(project: Path, ca_vendor: Command) -> None:
    result = ca_vendor("lock")
    assert result.code == 0, result.err
    assert result.out == ""
    assert pins(project, "orders") == {
        "acme-core": "acme_core-1.1.0-py3-none-any.whl",
        "acme-json": "acme_json-1.0-py3-none-any.whl",
        "acme-native": "acme_native-2.1-cp312-cp312-manylinux_2_28_aarch64.whl",
        "acme-orders": "acme_orders-0.3.0-py3-none-any.whl",
    }
    assert pins(project, "reports")["acme-native"].endswith("_x86_64.whl")
    assert "not managed: Web: its runtime is not Python" in result.err


def test_the_lock_is_valid_pep_751(project: Path, ca_vendor: Command) -> None:
    ca_vendor("lock")
    lock = Pylock.from_dict(toml.loads((project / "vendor" / "pylock.orders.toml").read_text()))
    assert str(lock.requires_python) == "==3.12.*"
    assert all(wheel.size and wheel.hashes["sha256"] for package in lock.packages for wheel in package.wheels or ())


def test_requirements_say_who_requires_each_pin(project: Path, ca_vendor: Command) -> None:
    ca_vendor("lock", "orders")
    text = (project / "src" / "orders" / "requirements.txt").read_text()
    assert "acme-native==2.1 \\\n    --hash=sha256:" in text
    assert "    # via acme-core\n" in text
    assert "    # via -r requirements.in\n" in text
    assert "--find-links" not in text


def test_unchanged_inputs_need_no_request(project: Path, emulator: Emulator, ca_vendor: Command) -> None:
    ca_vendor("lock")
    before, asked = tree(project), len(emulator.requests)
    result = ca_vendor("lock")
    assert result.code == 0
    assert "unchanged `orders`" in result.err
    assert tree(project) == before
    assert len(emulator.requests) == asked


def test_fetch_after_lock_downloads_nothing_twice(project: Path, emulator: Emulator, ca_vendor: Command) -> None:
    ca_vendor("lock")
    ca_vendor("fetch")
    downloads = [path for path in data_requests(emulator) if path.endswith(".whl")]
    assert len(downloads) == len(set(downloads))


def test_fetch_leaves_exactly_the_locked_wheels(project: Path, ca_vendor: Command) -> None:
    ca_vendor("lock")
    wheelhouse = project / "vendor" / "wheelhouse" / "python3.12-arm64"
    wheelhouse.mkdir(parents=True)
    (wheelhouse / "left_over-1.0-py3-none-any.whl").write_bytes(b"of an earlier lock")
    result = ca_vendor("fetch")
    assert result.code == 0, result.err
    assert sorted(path.name for path in wheelhouse.iterdir()) == sorted(pins(project, "orders").values())
    assert "removed vendor/wheelhouse/python3.12-arm64/left_over-1.0-py3-none-any.whl" in result.err
    assert (project / "src/orders/requirements.txt").read_text().splitlines()[2:5] == [
        "--no-index",
        "--find-links ../../vendor/wheelhouse/python3.12-arm64",
        "--only-binary :all:",
    ]


def test_a_second_fetch_makes_no_request_and_changes_no_byte(
    project: Path, emulator: Emulator, ca_vendor: Command
) -> None:
    ca_vendor("lock")
    ca_vendor("fetch")
    before, asked = tree(project), len(emulator.requests)
    assert ca_vendor("fetch").code == 0
    assert tree(project) == before
    assert len(emulator.requests) == asked


def test_fetch_in_a_fresh_clone_asks_for_each_file_once(
    project: Path, emulator: Emulator, ca_vendor: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ca_vendor("lock")
    monkeypatch.setenv("CA_VENDOR_CACHE_DIR", str(tmp_path / "another store"))
    asked = len(emulator.requests)
    result = ca_vendor("fetch", "--json")
    report = json.loads(result.out)
    files = set(pins(project, "orders").values()) | set(pins(project, "reports").values())
    assert set(report["downloaded"]) == files
    wheels = [path for path in data_requests(emulator)[asked:] if path.endswith(".whl")]
    assert len(wheels) == len(files)
    assert not [path for path in data_requests(emulator)[asked:] if path.endswith("/")], "no page is needed"


def test_what_was_fetched_installs_with_no_index(project: Path, ca_vendor: Command, tmp_path: Path) -> None:
    ca_vendor("lock")
    ca_vendor("fetch")
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", tmp_path / "installed"),
            *("--platform", "manylinux_2_28_aarch64", "--python-version", "3.12", "--implementation", "cp"),
            *("-r", project / "src/orders/requirements.txt"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    installed = {path.name.split("-")[0] for path in (tmp_path / "installed").glob("*.dist-info")}
    assert installed == {"acme_core", "acme_json", "acme_native", "acme_orders"}


def test_check_is_content_after_fetch(project: Path, emulator: Emulator, ca_vendor: Command) -> None:
    ca_vendor("lock")
    ca_vendor("fetch")
    asked, before = len(emulator.requests), tree(project)
    result = ca_vendor("check")
    assert (result.code, result.out) == (0, "")
    assert len(emulator.requests) == asked
    assert tree(project) == before


def test_pins_stay_until_an_upgrade_is_asked_for(
    project: Path, emulator: Emulator, packages: Path, ca_vendor: Command
) -> None:
    (project / "src/orders/requirements.in").write_text("acme-core<1.1\n")
    ca_vendor("lock", "orders")
    (project / "src/orders/requirements.in").write_text("acme-core\nacme-json\n")
    ca_vendor("lock", "orders")
    assert pins(project, "orders")["acme-core"] == "acme_core-1.0.0-py3-none-any.whl"
    result = ca_vendor("lock", "orders", "--upgrade-package", "Acme.Core")
    assert pins(project, "orders")["acme-core"] == "acme_core-1.1.0-py3-none-any.whl"
    assert "- acme-core==1.0.0\n" in result.err
    assert "+ acme-core==1.1.0\n" in result.err
    assert emulator.index_url


def test_lock_check_prints_the_difference_and_writes_nothing(project: Path, ca_vendor: Command) -> None:
    ca_vendor("lock")
    assert ca_vendor("lock", "--check").code == 0
    (project / "src/reports/requirements.in").write_text("acme-core\nacme-json\n")
    before = tree(project)
    result = ca_vendor("lock", "--check")
    assert result.code == 9
    assert result.out == "+ acme-json==1.0\n"
    assert "hint: run `ca-vendor lock`" in result.err
    assert tree(project) == before


def test_a_changed_lock_keeps_requirements_fetched_where_files_are_the_same(project: Path, ca_vendor: Command) -> None:
    ca_vendor("lock")
    ca_vendor("fetch")
    (project / "src/orders/requirements.in").write_text("# the same\nacme-orders[fast]>=0.1\n")
    ca_vendor("lock")
    assert "--no-index" in (project / "src/orders/requirements.txt").read_text()
    assert ca_vendor("check").code == 0


def test_fetch_refuses_a_stale_lock(project: Path, ca_vendor: Command) -> None:
    ca_vendor("lock")
    (project / "src/orders/requirements.in").write_text("acme-json\n")
    result = ca_vendor("fetch")
    assert result.code == 9
    assert "the inputs of `orders` have changed since they were locked" in result.err


def test_the_uv_resolver_gives_the_same_lock(project: Path, ca_vendor: Command) -> None:
    ca_vendor("lock", "--resolver", "uv")
    with_uv = tree(project)
    ca_vendor("lock", "--upgrade")
    assert tree(project) == with_uv


def test_ad_hoc_without_any_configuration(
    project: Path, emulator: Emulator, ca_vendor: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("ca-vendor.toml", "template.yaml"):
        (project / name).unlink()
    monkeypatch.setenv("CA_VENDOR_INDEX_USERNAME", "aws")
    monkeypatch.setenv("CA_VENDOR_INDEX_PASSWORD", emulator.issue_token().value)
    for name in emulator.environment():
        monkeypatch.delenv(name)
    path = "src/orders/requirements.in"
    result = ca_vendor("lock", path, "--target", "python3.12-arm64", "--index-url", emulator.index_url)
    assert result.code == 0, result.err
    assert ca_vendor("fetch").code == 0
    assert ca_vendor("check").code == 0
    monkeypatch.setenv("CA_VENDOR_CACHE_DIR", str(project / "another store"))
    shutil.rmtree(project / "vendor/wheelhouse")
    # Whoever edits a lock must not decide where the password goes.
    refused = ca_vendor("fetch")
    assert refused.code == 14
    assert "an index that the configuration or `--index-url` names" in refused.err
    assert ca_vendor("fetch", "--index-url", emulator.index_url).code == 0
    assert ca_vendor("lock", path, "--target", "python3.12-arm64", "--index-url", emulator.index_url).code == 0
    assert len(list((project / "vendor/wheelhouse/python3.12-arm64").glob("*.whl"))) == 4


def test_a_file_that_moved_is_found_by_its_hash(
    project: Path, packages: Path, ca_vendor: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ca_vendor("lock")
    for lock in (project / "vendor").glob("pylock.*.toml"):
        lock.write_text(
            lock.read_text()
            .replace('acme_core-1.1.0-py3-none-any.whl"\nupload', 'acme_core-1.1.0-py3-none-any.whl"\nupload')
            .replace("/acme-core/1.1.0/", "/acme-core/moved/")
        )
    monkeypatch.setenv("CA_VENDOR_CACHE_DIR", str(tmp_path / "another store"))
    monkeypatch.setenv("CA_VENDOR_TIMEOUT", "2")
    result = ca_vendor("fetch")
    assert result.code == 0, result.err


def test_files_are_asked_of_todays_endpoint(
    project: Path,
    emulator: Emulator,
    packages: Path,
    ca_vendor: Command,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ca_vendor("lock")
    emulator.stop()
    monkeypatch.setenv("CA_VENDOR_CACHE_DIR", str(tmp_path / "another store"))
    with Emulator(packages=packages) as moved:
        assert moved.index_url != emulator.index_url
        for name, value in moved.environment().items():
            monkeypatch.setenv(name, value)
        result = ca_vendor("fetch")
    assert result.code == 0, result.err


def test_a_file_that_changed_since_it_was_locked_is_refused(
    project: Path,
    packages: Path,
    emulator: Emulator,
    ca_vendor: Command,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ca_vendor("lock")
    emulator.stop()
    build_wheel(packages, "acme-json", "1.0", files={"acme_json/__init__.py": "other = True\n"})
    before = tree(project)
    monkeypatch.setenv("CA_VENDOR_CACHE_DIR", str(tmp_path / "another store"))
    with Emulator(packages=packages) as changed:
        for name, value in changed.environment().items():
            monkeypatch.setenv(name, value)
        result = ca_vendor("fetch")
    assert result.code == 10
    assert "`acme_json-1.0-py3-none-any.whl` is not the file that was locked" in result.err
    assert tree(project) == before
    assert not [path for path in (tmp_path / "another store").rglob("*") if path.suffix == ".tmp"]


def test_parameters_that_samconfig_sets_decide_the_target(project: Path, ca_vendor: Command) -> None:
    (project / "template.yaml").write_text(
        "Parameters: {Machine: {Type: String, Default: x86_64}}\n"
        "Resources:\n  Orders:\n    Type: AWS::Serverless::Function\n"
        "    Properties: {Runtime: python3.12, Handler: a.b, CodeUri: src/orders, Architectures: [!Ref Machine]}\n"
    )
    (project / "samconfig.toml").write_text(
        'version = 0.1\n[default.build.parameters]\nparameter_overrides = "Machine=arm64"\n'
    )
    result = ca_vendor("lock", "--json", "--resolver", "uv")
    assert [bundle["target"] for bundle in json.loads(result.out)] == ["python3.12-arm64"]


def test_a_function_that_needs_nothing(project: Path, ca_vendor: Command) -> None:
    (project / "src/orders/requirements.in").write_text("# nothing yet\npywin32; sys_platform == 'win32'\n")
    for command in ("lock", "fetch", "check"):
        assert ca_vendor(command, "orders").code == 0
    lines = (project / "src/orders/requirements.txt").read_text().splitlines()
    assert all(line.startswith("#") for line in lines)


def test_a_lock_under_another_name_is_told_as_such(project: Path, ca_vendor: Command) -> None:
    ca_vendor("lock", "orders", "--resolver", "uv")
    (project / "vendor/pylock.orders.toml").rename(project / "vendor/pylock.reports.toml")
    result = ca_vendor("fetch")
    assert result.code == 9
    assert "`vendor/pylock.reports.toml` cannot be read as a lock: it is that of `orders`" in result.err


def test_a_lock_cannot_make_fetch_write_outside_the_project(project: Path, ca_vendor: Command) -> None:
    (project.parent / "requirements.in").write_text("acme-json\n")
    ca_vendor("lock", "src/orders/requirements.in", "--target", "python3.12-arm64", "--resolver", "uv")
    lock = project / "vendor/pylock.orders.toml"
    (project / "template.yaml").unlink()
    lock.write_text(lock.read_text().replace("../src/orders/requirements.in", "../../requirements.in"))
    result = ca_vendor("fetch")
    assert result.code == 9
    assert "outside of the project" in result.err
    assert not (project.parent / "requirements.txt").exists()
