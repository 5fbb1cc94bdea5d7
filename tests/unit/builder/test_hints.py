import pytest

from ca_vendor.builder.hints import describe_step, find_hint


@pytest.mark.parametrize(
    ("output", "hint"),
    [
        ("ERROR: No matching distribution found for hatchling", "publish that build requirement"),
        (
            "ERROR: Could not find a version that satisfies the requirement setuptools>=40.8.0 (from versions: none)",
            "publish",
        ),
        ("LookupError: setuptools-scm was unable to detect version for /tmp/x.", "comes from git"),
        ("error: can't find Rust compiler", "Rust toolchain"),
        ("- maturin>=1\n- puccinialin\nhttpx.ConnectError: Temporary failure in name resolution", "Rust toolchain"),
        ("Cargo, the Rust package manager, is not installed or is not on PATH.", "Rust toolchain"),
        (
            "urllib.error.URLError: <urlopen error [Errno -3] Temporary failure in name resolution>",
            "download something",
        ),
        ("ERROR: Git program not found, cannot download libfoo.wrap via git.", "download something"),
        ("OSError: [Errno 101] Network is unreachable", "download something"),
        ("../meson.build:1:0: ERROR: Unknown compiler(s): [['cc'], ['gcc']]", "C compiler"),
        ("error: command '/usr/bin/x86_64-linux-gnu-gcc' failed with exit code 1", "C compiler"),
        ("error: [Errno 2] No such file or directory: 'gcc'", "C compiler"),
        ("x.c:1:10: fatal error: Python.h: No such file or directory", "C compiler"),
        ("RuntimeError: something else", "use a version that has a wheel"),
    ],
)
def test_hint_follows_from_what_was_written(output: str, hint: str) -> None:
    assert hint in find_hint(f"line before\n{output}\nline after")


@pytest.mark.parametrize(
    ("step", "problem", "text"),
    [
        ("requirements", "", "its build requirements cannot be installed"),
        ("backend", "Backend 'x' is not available.", "its backend failed (Backend 'x' is not available.)"),
        ("", "", "its backend failed"),
    ],
)
def test_step_is_told_in_words(step: str, problem: str, text: str) -> None:
    assert describe_step(step, problem) == text
