import shlex

from packaging.requirements import Requirement

from ca_vendor.lock import render_requirements
from ca_vendor.requirement.lines import split_lines
from tests.unit.lock.locks import lock, pin

HEADER = """\
# Locked by ca-vendor for python3.12-arm64. Do not edit: change requirements.in, then run
#   ca-vendor lock && ca-vendor fetch
"""


def test_pins_have_one_hash_and_the_reasons_they_are_there() -> None:
    pins = (
        pin("foo", "1!2.0+cu121", requires=("shared",), sha256="1" * 64, origins=("-r requirements.in",)),
        pin("lone", sha256="2" * 64),
        pin("other", requires=("shared",), sha256="3" * 64, origins=("-c limits.txt", "-r requirements.in")),
        pin("shared", sha256="4" * 64),
    )
    assert render_requirements(lock(*pins)) == HEADER + (
        f"foo==1!2.0+cu121 \\\n    --hash=sha256:{'1' * 64}\n    # via -r requirements.in\n"
        f"lone==1.0 \\\n    --hash=sha256:{'2' * 64}\n"
        f"other==1.0 \\\n    --hash=sha256:{'3' * 64}\n"
        "    # via\n    #   -c limits.txt\n    #   -r requirements.in\n"
        f"shared==1.0 \\\n    --hash=sha256:{'4' * 64}\n    # via\n    #   foo\n    #   other\n"
    )


def test_wheelhouse_is_the_only_place_pip_may_look() -> None:
    text = render_requirements(lock(pin("foo")), find_links="../../vendor/wheelhouse/python3.12-arm64")
    options = "--no-index\n--find-links ../../vendor/wheelhouse/python3.12-arm64\n--only-binary :all:\n\n"
    assert text.startswith(f"{HEADER}{options}foo==1.0 \\\n")


def test_blank_in_the_wheelhouses_path_does_not_split_it() -> None:
    lines = list(split_lines(render_requirements(lock(pin("foo")), find_links="../our wheels"), {}))
    assert lines[1].options == ("--find-links", "../our wheels")


def test_every_line_reads_back_as_a_requirement_or_an_option() -> None:
    text = render_requirements(lock(pin("foo", "1!2.0+l.1"), pin("bar-baz")), find_links="../wheels")
    lines = list(split_lines(text, {}))
    assert [Requirement(line.argument).name for line in lines if line.argument] == ["foo", "bar-baz"]
    assert [shlex.join(line.options) for line in lines if not line.argument] == [
        "--no-index",
        "--find-links ../wheels",
        "--only-binary :all:",
    ]


def test_empty_lock_is_a_header() -> None:
    assert render_requirements(lock()) == HEADER


def test_nothing_pinned_is_an_empty_file_to_pip() -> None:
    assert render_requirements(lock(), find_links="../wheels") == HEADER
