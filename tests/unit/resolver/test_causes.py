"""What resolvers write when requirements contradict each other, as they wrote it."""

import pytest

from ca_vendor.errors import ExitCode
from ca_vendor.resolver import ResolverFailedError, pip_compile, uv

LINK = "http://127.0.0.1:1/secret/simple/{0}/{0}-{1}-py3-none-any.whl (from http://127.0.0.1:1/secret/simple/{0}/)"
INFORMATION = "RequirementInformation(requirement=SpecifierRequirement('{}'), parent={})"


def pip_output(*causes: tuple[str, str]) -> str:
    informations = ", ".join(INFORMATION.format(requirement, parent) for requirement, parent in causes)
    return f"Traceback\n  ...\nresolvelib.ResolutionImpossible: [{informations}]\n\nThe above exception was\n"


@pytest.mark.parametrize(
    ("output", "causes"),
    [
        (
            pip_output(
                ("bar>=2", f"LinkCandidate('{LINK.format('foo_x', '1.0%2Bcu121')}')"),
                ("bar<2", f"LinkCandidate('{LINK.format('baz', '1%212.0')}')"),
            ),
            ("`foo-x==1.0+cu121` requires `bar>=2`", "`baz==1!2.0` requires `bar<2`"),
        ),
        (pip_output(("bar<2", "None"), ("bar<2", "None")), ("`-r requirements.in` requires `bar<2`",)),
        ("Traceback\nOSError: broken pipe\n", ()),
    ],
    ids=["two-parents", "requirements", "none"],
)
def test_conflict_is_read_out_of_pip_compiles_exception(output: str, causes: tuple[str, ...]) -> None:
    assert pip_compile.parse_causes(output) == causes


def test_uvs_own_account_is_given_on_one_line() -> None:
    output = (
        "error: No solution found when resolving dependencies\n"
        "  cause: Because all versions of baz depend on bar<2 and all versions of foo-x depend on bar>=2, we can\n"
        "         conclude that your requirements are unsatisfiable.\n"
        "\n"
        "  hint: more\n"
    )
    [cause] = uv.parse_causes(output)
    assert cause.startswith("Because all versions of baz depend on bar<2 and all versions of foo-x")
    assert cause.endswith("we can conclude that your requirements are unsatisfiable.")


def test_conflict_is_told_by_its_causes() -> None:
    error = ResolverFailedError("pip-compile", ("`a==1` requires `b<2`",), "Traceback")
    assert error.message == "the requirements contradict each other"
    assert (error.details, error.exit_code) == (("`a==1` requires `b<2`",), ExitCode.RESOLUTION)
    assert error.hint


def test_other_failure_is_told_by_the_end_of_the_output() -> None:
    error = ResolverFailedError("uv", (), "\n".join(f"line {number}" for number in range(100)))
    assert error.message == "uv found no solution"
    assert error.details[-1] == "line 99"
    assert len(error.details) < 20
