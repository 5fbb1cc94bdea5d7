"""``ca-vendor lock``."""

from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import click
from packaging.utils import NormalizedName, canonicalize_name

from ca_vendor.cli.formats import chosen_formats
from ca_vendor.cli.options import common_options, open_project, open_session, show_json
from ca_vendor.cli.timings import timings_option
from ca_vendor.config.indexes import age_problem
from ca_vendor.config.settings import BUILDERS, RESOLVERS
from ca_vendor.requirement import Chosen
from ca_vendor.resolver import ResolverName
from ca_vendor.selection import parse_age
from ca_vendor.workflows.bundles import Bundles, ad_hoc_bundle, choose_bundles, find_bundles
from ca_vendor.workflows.exclusive import exclusive
from ca_vendor.workflows.indexes import NoIndexError
from ca_vendor.workflows.layers import providers_of
from ca_vendor.workflows.lock import LockOutcome, LockStaleError, lock_bundles
from ca_vendor.workflows.planning import LockOptions
from ca_vendor.workflows.progress import Progress
from ca_vendor.workflows.project import Bundle, Project

_SHOWN_CHANGES = 12


@click.command(
    epilog="Examples:\n\n"
    "\b\n"
    "  ca-vendor lock                             all functions and layers of template.yaml\n"
    "  ca-vendor lock orders                      one of them\n"
    "  ca-vendor lock --upgrade-package requests  keep every other pin\n"
    '  ca-vendor lock --minimum-age "3 days"      take nothing that was published since\n'
    "  ca-vendor lock src/requirements.in --target python3.12-arm64 --index-url https://host/simple/\n"
    "  ca-vendor lock src/pyproject.toml --target python3.12-arm64 --extra fast --group lambda"
)
@click.argument("bundles", nargs=-1, metavar="[BUNDLE | FUNCTION | REQUIREMENTS.IN]...")
@click.option("-U", "--upgrade", is_flag=True, help="Take the newest of everything; keep no pin.")
@click.option(
    "-P", "--upgrade-package", "upgrade_packages", multiple=True, metavar="NAME", help="Keep all pins but this."
)
@click.option("--check", is_flag=True, help="Write nothing; exit with 9 and the difference if a lock is out of date.")
@click.option(
    "--target", metavar="TARGET", help="Lock a file of requirements that nothing configures, for this target."
)
@click.option("--extra", multiple=True, metavar="NAMES", help="With --target: these extras of a pyproject.toml too.")
@click.option("--group", multiple=True, metavar="NAMES", help="With --target: these dependency groups of it too.")
@click.option("--index-url", metavar="URL", help="A simple index to use instead of the configured one.")
@click.option("--minimum-age", metavar="AGE", help="Lock no file younger than this, such as `3 days`.")
@click.option("--only-binary", multiple=True, metavar="NAMES", help="Take no sdists of these projects, or of `:all:`.")
@click.option("--no-binary", multiple=True, metavar="NAMES", help="Take no wheels of these projects, or of `:all:`.")
@click.option("--builder", type=click.Choice(BUILDERS), help="What builds sdists and source trees.  [default: host]")
@click.option("--resolver", type=click.Choice(RESOLVERS), help="What resolves.  [default: pip-compile]")
@timings_option
@common_options
def lock(  # noqa: PLR0913 - one parameter an option is click's way
    *,
    bundles: tuple[str, ...],
    upgrade: bool,
    upgrade_packages: tuple[str, ...],
    check: bool,
    target: str | None,
    extra: tuple[str, ...],
    group: tuple[str, ...],
    index_url: str | None,
    minimum_age: str | None,
    only_binary: tuple[str, ...],
    no_binary: tuple[str, ...],
    builder: str | None,
    resolver: str | None,
    directory: Path,
    quiet: bool,
    verbose: bool,
    as_json: bool,
) -> None:
    """Pin what requirements.in or pyproject.toml asks for, for the Lambda target.

    Writes vendor/pylock.BUNDLE.toml and, beside the input, a requirements.txt with the hash of exactly the file that
    each pin uses. Existing pins stay unless told otherwise; unchanged inputs need no request. A function's layer that
    provides for it is locked first.
    """
    project = open_project(directory)
    choice = _choose(project, bundles, target, Chosen(extras=_names(extra), groups=_names(group)))
    session = open_session(project, quiet=quiet, verbose=verbose, index_url=index_url)
    if not session.router.indexes:
        raise NoIndexError
    options = LockOptions(
        upgrade=upgrade,
        upgrade_packages=tuple(canonicalize_name(name) for name in upgrade_packages),
        check=check,
        resolver=ResolverName(resolver or project.settings.resolver),
        minimum_age=_age(minimum_age),
        formats=chosen_formats(project.settings, only_binary, no_binary),
        builder=builder or project.settings.builder,
    )
    try:
        with exclusive(session, "lock"):
            outcomes = lock_bundles(session, choice.bundles.managed, options, providers=choice.providers)
    except LockStaleError as error:
        click.echo("\n".join(error.difference))
        raise
    _report(outcomes, choice.bundles, session.progress)
    if as_json:
        show_json([_as_json(outcome) for outcome in outcomes])


def _age(text: str | None) -> timedelta | None:
    if text is not None and (problem := age_problem(text)):
        raise click.UsageError(f"--minimum-age {problem}", ctx=click.get_current_context())
    return parse_age(text or "")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Choice:
    """What to lock, and the layers that come with it."""

    bundles: Bundles
    providers: tuple[Bundle, ...] = ()


def _choose(project: Project, names: tuple[str, ...], target: str | None, chosen: Chosen) -> _Choice:
    if target is None:
        if chosen != Chosen():
            raise click.UsageError("--extra and --group go with --target", ctx=click.get_current_context())
        bundles = find_bundles(project)
        managed = choose_bundles(bundles, names)
        found = replace(bundles, managed=managed, unmanaged=() if names else bundles.unmanaged)
        return _Choice(bundles=found, providers=providers_of(managed, bundles.managed))
    if not names:
        problem = "--target needs the path of a requirements.in or pyproject.toml"
        raise click.UsageError(problem, ctx=click.get_current_context())
    managed = tuple(ad_hoc_bundle(project, Path(name), target, chosen=chosen) for name in names)
    return _Choice(bundles=Bundles(managed=managed))


def _names(texts: tuple[str, ...]) -> tuple[NormalizedName, ...]:
    """Return what an option names that is given several times or a list."""
    names = {name.strip() for text in texts for name in text.split(",")} - {""}
    return tuple(sorted(canonicalize_name(name) for name in names))


def _report(outcomes: list[LockOutcome], chosen: Bundles, progress: Progress) -> None:
    for outcome in outcomes:
        bundle, count = outcome.bundle, len(outcome.lock.pins)
        what = f"{count} pin{'' if count == 1 else 's'} for {bundle.target}"
        if not outcome.written:
            progress.note(f"unchanged `{bundle.name}`: {what}")
            continue
        progress.note(f"locked `{bundle.name}`: {what}, wrote {' and '.join(outcome.written)}")
        _report_changes(outcome, progress)
        if outcome.built:
            progress.note(f"  built from source: {', '.join(outcome.built)}")
    for notice in dict.fromkeys(notice for outcome in outcomes for notice in outcome.notices):
        progress.note(f"note: {notice}")
    for warning in dict.fromkeys(warning for outcome in outcomes for warning in outcome.warnings):
        progress.note(f"warning: {warning}")
    for notice in chosen.notices:
        progress.note(f"note: {notice}")
    for name, reason in chosen.unmanaged:
        progress.note(f"not managed: {name}: {reason}")


def _report_changes(outcome: LockOutcome, progress: Progress) -> None:
    """Show what changed in a lock that was there before; of a new one everything would be new."""
    changed = [change for change in outcome.changes if change.before or len(outcome.changes) < len(outcome.lock.pins)]
    for change in changed[:_SHOWN_CHANGES]:
        for line in change.lines():
            progress.note(f"  {line}")
    if len(changed) > _SHOWN_CHANGES:
        progress.note(f"  and {len(changed) - _SHOWN_CHANGES} more")


def _as_json(outcome: LockOutcome) -> dict[str, object]:
    bundle: Bundle = outcome.bundle
    return {
        "bundle": bundle.name,
        "target": bundle.target.name,
        "users": list(bundle.users),
        "resolved": outcome.resolved,
        "provided_by": outcome.lock.provider or None,
        "provided": {name: str(version) for name, version in outcome.lock.provided.items()},
        "missing": [
            {"required_by": each.required_by, "requirement": each.requirement} for each in outcome.lock.missing
        ],
        "written": list(outcome.written),
        "pins": [
            {
                "name": pin.name,
                "version": str(pin.version),
                "file": pin.file.filename,
                "sha256": pin.file.sha256,
                "size": pin.file.size,
                "built": pin.build is not None,
            }
            for pin in outcome.lock.pins
        ],
    }
