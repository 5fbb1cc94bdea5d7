import pytest
from packaging.markers import Marker, default_environment
from packaging.version import Version

from ca_vendor.target import find_target, known_target_names, marker_environment


@pytest.mark.parametrize("name", known_target_names())
def test_environment_says_all_that_a_marker_can_ask(name: str) -> None:
    target = find_target(name)
    environment = marker_environment(target)
    assert environment.keys() == default_environment().keys()
    assert environment["python_version"] == target.runtime.removeprefix("python")
    assert Version(environment["python_full_version"]).release[:2] == target.python_version
    assert environment["platform_release"].endswith(environment["platform_machine"])


@pytest.mark.parametrize(
    ("marker", "holds"),
    [
        ("platform_machine == 'aarch64'", True),
        ("platform_machine == 'arm64'", False),
        ("sys_platform == 'linux' and os_name == 'posix'", True),
        ("platform_system == 'Darwin' or sys_platform == 'win32'", False),
        ("implementation_name == 'cpython' and platform_python_implementation != 'PyPy'", True),
        ("python_full_version > '3.12.0'", True),
        ("python_version < '3.12'", False),
        ("python_version >= '3.9'", True),
    ],
)
def test_markers_are_answered_as_on_the_target(marker: str, holds: bool) -> None:
    environment = dict(marker_environment(find_target("python3.12-arm64")))
    assert Marker(marker).evaluate(environment) is holds
