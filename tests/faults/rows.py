"""The faults, and what is expected of each command."""

import signal
from collections.abc import Callable
from dataclasses import dataclass

from ca_vendor.emulator import (
    ChangePage,
    ExpireTokens,
    Fault,
    Gzip,
    Latency,
    LoginPage,
    MalformedJson,
    MissingFields,
    Redirect,
    Reset,
    Route,
    SlowLoris,
    Status,
    Truncate,
    WrongBytes,
)
from tests.faults import stages
from tests.faults.cases import Case, Completes, Fails

_SHORT = {"CA_VENDOR_TIMEOUT": "2"}
_NOWHERE = "http://127.0.0.1:9"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A fault.

    Attributes:
        group: the heading it stands under.
        lock: ``None`` where ``lock`` cannot meet it.
        fetch: ``None`` where ``fetch`` cannot meet it.
        quick: whether ``make test`` tries it, too.
        needs: what the machine must have, and whether it has it.
    """

    group: str
    name: str
    lock: Case | None = None
    fetch: Case | None = None
    quick: bool = False
    needs: tuple[str, Callable[[], bool]] | None = None

    @property
    def cases(self) -> tuple[tuple[str, Case], ...]:
        """Return the cases by command."""
        both = (("lock", self.lock), ("fetch", self.fetch))
        return tuple((command, case) for command, case in both if case is not None)


def _both(group: str, name: str, case: Case, *, quick: bool = False, needs: str = "") -> Row:
    """A fault that both commands meet alike."""
    known = {"unshare": stages.can_unshare, "openssl": stages.can_make_certificates}
    return Row(
        group=group, name=name, lock=case, fetch=case, quick=quick, needs=(needs, known[needs]) if needs else None
    )


def _index(name: str, lock: Case, fetch: Case, *, quick: bool = False) -> Row:
    return Row(group="Index", name=name, lock=lock, fetch=fetch, quick=quick)


def _token(effect: Status, *, times: int | None = None, route: Route = Route.TOKEN) -> tuple[Fault, ...]:
    return (Fault(effect=effect, route=route, times=times),)


def _pages(*effects: object, times: int | None = 1, after: int = 0) -> tuple[Fault, ...]:
    return tuple(Fault(effect=effect, route=Route.PAGE, times=times, after=after) for effect in effects)  # type: ignore[arg-type]


def _assets(*effects: object, times: int | None = 1, after: int = 0) -> tuple[Fault, ...]:
    return tuple(Fault(effect=effect, route=Route.ASSET, times=times, after=after) for effect in effects)  # type: ignore[arg-type]


def _denied(action: str) -> Status:
    message = f"User: arn:aws:iam::111122223333:user/ci is not authorized to perform: {action}"
    return Status(status=403, error_type="AccessDeniedException", message=message)


_ROUTES = {"codeartifact:GetRepositoryEndpoint": Route.ENDPOINT}
_EXPIRED = Status(status=403, error_type="ExpiredTokenException", message="The security token has expired")
_NOT_FOUND = Status(status=404, error_type="ResourceNotFoundException", message="Domain not found.")
_SKEWED = Status(status=403, error_type="InvalidSignatureException", message="Signature expired: 2020 is now earlier")
_THROTTLED = Status(status=429, error_type="ThrottlingException", retry_after="1", message="Rate exceeded")

CREDENTIALS = (
    _index(
        "token expires in the middle of a run",
        Case(expected=Completes(), faults=_pages(ExpireTokens(), after=2)),
        Case(expected=Completes(), faults=_assets(ExpireTokens(), after=2)),
        quick=True,
    ),
    _index(
        "every token is refused (401)",
        Case(expected=Fails(14, "did not accept the credentials"), faults=_pages(Status(status=401), times=None)),
        Case(expected=Fails(14, "did not accept the credentials"), faults=_assets(Status(status=401), times=None)),
        quick=True,
    ),
    *(
        _both(
            "AWS",
            f"no permission for `{action}`",
            Case(
                expected=Fails(14, f"AWS refuses `{action}`", "add this statement to the identity's policy", action),
                faults=_token(_denied(action), route=_ROUTES.get(action, Route.TOKEN)),
                most_tokens=0,
            ),
            quick=action.startswith("sts"),
        )
        for action in (
            "codeartifact:GetRepositoryEndpoint",
            "codeartifact:GetAuthorizationToken",
            "sts:GetServiceBearerToken",
        )
    ),
    _index(
        "no permission for `codeartifact:ReadFromRepository`",
        Case(
            expected=Fails(14, "the index refuses access (HTTP 403)", '"Action": "codeartifact:ReadFromRepository"'),
            faults=_pages(Status(status=403), times=None),
        ),
        Case(
            expected=Fails(14, "the index refuses access (HTTP 403)", '"Action": "codeartifact:ReadFromRepository"'),
            faults=_assets(Status(status=403), times=None),
        ),
    ),
    _both(
        "AWS",
        "token throttled twice, Retry-After 1 s",
        Case(expected=Completes(), faults=_token(_THROTTLED, times=2), least_seconds=2.0),
    ),
    _both(
        "AWS",
        "token throttled for good",
        Case(
            expected=Fails(6, "`codeartifact:GetAuthorizationToken` could not be asked of AWS", "ThrottlingException"),
            faults=_token(_THROTTLED),
            environment=_SHORT,
            most_seconds=15.0,
        ),
    ),
    _both(
        "AWS",
        "AWS credentials have expired",
        Case(
            expected=Fails(5, "no usable AWS credentials: they have expired"),
            faults=_token(_EXPIRED, route=Route.ENDPOINT),
        ),
    ),
    _both(
        "AWS",
        "no AWS credentials",
        Case(
            expected=Fails(5, "no usable AWS credentials: unable to locate credentials"),
            environment={"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""},
        ),
    ),
    _both(
        "AWS",
        "no such domain in the region",
        Case(
            expected=Fails(13, "there is no domain `acme` in eu-west-1", "check `domain`"),
            faults=_token(_NOT_FOUND, route=Route.ENDPOINT),
            environment={"AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": ""},
        ),
    ),
    Row(
        group="AWS",
        name="no such repository",
        lock=Case(
            expected=Fails(13, "there is no repository `acme/nowhere`"),
            stage=stages.configured('domain = "acme"\nrepository = "nowhere"\n\n'),
        ),
        fetch=Case(
            expected=Fails(13, "there is no repository `acme/nowhere`"), stage=stages.locked_against_no_repository
        ),
    ),
    _both(
        "AWS",
        "AWS cannot be reached",
        Case(
            expected=Fails(6, "`codeartifact:GetRepositoryEndpoint` could not be asked of AWS"),
            environment={"AWS_ENDPOINT_URL_CODEARTIFACT": _NOWHERE, **_SHORT},
            most_seconds=15.0,
        ),
    ),
    _both(
        "AWS",
        "a login page in place of AWS's answer",
        Case(
            expected=Fails(6, "`codeartifact:GetRepositoryEndpoint` could not be asked of AWS"),
            faults=(Fault(effect=LoginPage(), route=Route.ENDPOINT, times=None),),
            environment=_SHORT,
        ),
    ),
    _both(
        "AWS",
        "clock of this machine is wrong for AWS",
        Case(
            expected=Fails(5, "the clock of this machine is wrong"),
            faults=_token(_SKEWED, route=Route.ENDPOINT),
        ),
    ),
    _both(
        "AWS",
        "a token's expiry is two hours ago by our clock",
        Case(expected=Completes(), stage=stages.clock_off(-7200), most_tokens=1),
        quick=True,
    ),
    _both(
        "AWS",
        "a token's expiry is far ahead by our clock",
        Case(expected=Completes(), stage=stages.clock_off(7200), most_tokens=1),
    ),
)

_BUSY = Status(status=429, retry_after="1")
_BURST = tuple(Status(status=status) for status in (500, 502, 503))
_DOWN = Status(status=503)
_LONG = Status(status=429, retry_after="3600")

INDEX = (
    _index(
        "429 with Retry-After 1 s",
        Case(expected=Completes(), faults=_pages(_BUSY), least_seconds=1.0),
        Case(expected=Completes(), faults=_assets(_BUSY), least_seconds=1.0),
    ),
    _index(
        "429 without Retry-After, three times",
        Case(expected=Completes(), faults=_pages(Status(status=429), times=3), resolver="pip-compile"),
        Case(expected=Completes(), faults=_assets(Status(status=429), times=3)),
    ),
    _index(
        "429 with Retry-After of an hour",
        Case(expected=Fails(6, "HTTP 429", "it asks to wait for 3600 s"), faults=_pages(_LONG, times=None)),
        Case(expected=Fails(6, "HTTP 429", "it asks to wait for 3600 s"), faults=_assets(_LONG, times=None)),
    ),
    _index(
        "500, 502 and 503 in a row",
        Case(expected=Completes(), faults=_pages(*_BURST)),
        Case(expected=Completes(), faults=_assets(*_BURST)),
        quick=True,
    ),
    _index(
        "503 for good",
        Case(expected=Fails(6, "HTTP 503"), faults=_pages(_DOWN, times=None), environment=_SHORT, most_seconds=15.0),
        Case(expected=Fails(6, "HTTP 503"), faults=_assets(_DOWN, times=None), environment=_SHORT, most_seconds=15.0),
    ),
    _index(
        "a listed file is a 404 while it is imported",
        Case(expected=Completes(), faults=_assets(Status(status=404), times=4)),
        Case(expected=Completes(), faults=_assets(Status(status=404), times=4)),
        quick=True,
    ),
    _index(
        "a listed file stays a 404",
        Case(expected=Fails(6, "HTTP 404"), faults=_assets(Status(status=404), times=None), environment=_SHORT),
        Case(expected=Fails(6, "HTTP 404"), faults=_assets(Status(status=404), times=None), environment=_SHORT),
    ),
    _index(
        "truncated body, Range not honoured",
        Case(expected=Completes(), faults=(*_pages(Truncate(after_bytes=100)), *_assets(Truncate(after_bytes=400)))),
        Case(expected=Completes(), faults=_assets(Truncate(after_bytes=400), times=3)),
        quick=True,
    ),
    _both(
        "Index",
        "truncated body, Range honoured",
        Case(expected=Completes(), stage=stages.redirected(Route.ASSET, breaks=2, ranges=True)),
    ),
    _index(
        "truncated body, every time",
        Case(expected=Fails(6, "broke off, again and again"), faults=_pages(Truncate(after_bytes=100), times=None)),
        Case(
            expected=Fails(6, "broke off after 400 bytes, again and again"),
            faults=_assets(Truncate(after_bytes=400), times=None),
        ),
    ),
    _index(
        "connection reset before the answer",
        Case(expected=Completes(), faults=_pages(Reset(), times=2)),
        Case(expected=Completes(), faults=_assets(Reset(), times=2)),
    ),
    _index(
        "connection reset in the body",
        Case(expected=Completes(), faults=(*_pages(Reset(after_bytes=50)), *_assets(Reset(after_bytes=50)))),
        Case(expected=Completes(), faults=_assets(Reset(after_bytes=300), times=2)),
    ),
    _index(
        "connection reset, every time",
        Case(expected=Fails(6, "the index cannot be reached"), faults=_pages(Reset(), times=None)),
        Case(expected=Fails(6, "the index cannot be reached"), faults=_assets(Reset(), times=None)),
    ),
    _index(
        "the index's host does not listen",
        Case(
            expected=Fails(6, "the connection was refused"),
            faults=_pages(Redirect(location=_NOWHERE + "{path}"), times=None),
        ),
        Case(
            expected=Fails(6, "the connection was refused"),
            faults=_assets(Redirect(location=_NOWHERE + "{path}"), times=None),
        ),
    ),
    _index(
        "wrong bytes",
        Case(
            expected=Fails(10, "is not the file that was locked", "expected sha256", "got sha256", "from http"),
            faults=_assets(WrongBytes(), times=None),
        ),
        Case(
            expected=Fails(10, "is not the file that was locked", "expected sha256", "got sha256", "from http"),
            faults=_assets(WrongBytes(), times=None),
        ),
        quick=True,
    ),
    _index(
        "slow loris",
        Case(
            expected=Fails(6, "the index cannot be reached"),
            faults=_pages(SlowLoris(), times=None),
            environment=_SHORT,
            most_seconds=15.0,
        ),
        Case(
            expected=Fails(6, "the index cannot be reached"),
            faults=_assets(SlowLoris(), times=None),
            environment=_SHORT,
            most_seconds=15.0,
        ),
    ),
    _index(
        "an answer that begins after 17 s",
        Case(
            expected=Completes(),
            faults=_pages(Latency(seconds=17)),
            least_seconds=17.0,
            most_seconds=90.0,
            resolver="pip-compile",
        ),
        Case(expected=Completes(), faults=_assets(Latency(seconds=17)), least_seconds=17.0, most_seconds=90.0),
    ),
    _index(
        "redirect to another host",
        Case(expected=Completes(pins_only=True), stage=stages.redirected(Route.PAGE)),
        Case(expected=Completes(), stage=stages.redirected(Route.ASSET)),
        quick=True,
    ),
    _index(
        "redirect in a loop",
        Case(
            expected=Fails(6, "a redirect was not followed: more than 5 in a row"),
            faults=_pages(Redirect(location="{path}"), times=None),
        ),
        Case(
            expected=Fails(6, "a redirect was not followed: more than 5 in a row"),
            faults=_assets(Redirect(location="{path}"), times=None),
        ),
    ),
    _both(
        "Index",
        "redirect from https to http",
        Case(expected=Fails(6, "a redirect was not followed: it leads from https to"), stage=stages.without_tls),
        needs="openssl",
    ),
    _index(
        "redirect to no URL",
        Case(expected=Fails(6, "it leads to no URL"), faults=_pages(Redirect(location="http://[oops"), times=None)),
        Case(expected=Fails(6, "it leads to no URL"), faults=_assets(Redirect(location="http://[oops"), times=None)),
    ),
    _index(
        "HTML login page with 200",
        Case(expected=Fails(6, "it is a form, perhaps a login page"), faults=_pages(LoginPage(), times=None)),
        Case(expected=Fails(10, "is not the file that was locked"), faults=_assets(LoginPage(), times=None)),
    ),
    _index(
        "half a document as if it were whole",
        Case(expected=Fails(6, "its JSON is malformed"), faults=_pages(MalformedJson(), times=None)),
        Case(expected=Fails(10, "is not the file that was locked"), faults=_assets(MalformedJson(), times=None)),
    ),
    Row(
        group="Index",
        name="wrong content type",
        lock=Case(
            expected=Fails(6, "its content type is `text/plain`"),
            stage=stages.redirected(Route.PAGE, changes={"Content-Type": "text/plain"}),
        ),
        fetch=Case(expected=Completes(), stage=stages.redirected(Route.ASSET, changes={"Content-Type": "text/plain"})),
    ),
    Row(
        group="Index",
        name="page compressed with gzip",
        lock=Case(expected=Completes(), faults=_pages(Gzip(), times=None)),
    ),
    Row(
        group="Index",
        name="page without size and upload time",
        lock=Case(expected=Completes(pins_only=True), faults=_pages(MissingFields(), times=None)),
    ),
    Row(
        group="Index",
        name="page without hashes",
        lock=Case(expected=Completes(), faults=_pages(MissingFields(fields=("hashes",)), times=None)),
    ),
    Row(
        group="Index",
        name="page whose hashes are not the files'",
        lock=Case(
            expected=Fails(10, "is not the file that was locked", "expected sha256", "got sha256"),
            faults=_pages(ChangePage(new_hashes=True), times=None),
        ),
    ),
    Row(
        group="Index",
        name="a file is published anew between lock and fetch",
        fetch=Case(
            expected=Fails(
                10,
                "`acme_core-1.1-py3-none-any.whl` is not the file that was locked",
                "expected sha256",
                "got sha256",
                "run `ca-vendor lock --upgrade-package`",
            ),
            stage=stages.republished,
        ),
    ),
    Row(
        group="Index",
        name="a file is gone between lock and fetch",
        fetch=Case(
            expected=Fails(6, "HTTP 404"),
            faults=(
                Fault(effect=Status(status=404), route=Route.ASSET, path="*acme_core*", times=None),
                Fault(effect=ChangePage(drop_versions=("1.1",)), route=Route.PAGE, times=None),
            ),
            environment=_SHORT,
        ),
    ),
    Row(
        group="Index",
        name="a requirement has an sdist alone, and no index has what its build needs",
        lock=Case(expected=Fails(16, "acme_source-1.0.tar.gz"), stage=stages.requiring("acme-app\nacme-source\n")),
    ),
    Row(
        group="Index",
        name="a requirement has wheels of another platform alone",
        lock=Case(expected=Fails(8, "acme-windows"), stage=stages.requiring("acme-app\nacme-windows\n")),
    ),
    _both("Network", "proxy variables set, endpoint on loopback", Case(expected=Completes(), stage=stages.proxies_set)),
    _both("Network", "files on a host behind the proxy", Case(expected=Completes(), stage=stages.behind_proxy)),
)

_FULL = Fails(11, "cannot be written: no space left on device")
_READ_ONLY = Fails(11, "cannot be written: read-only file system")

MACHINE = (
    _both("Machine", "disk full, store", Case(expected=_FULL, stage=stages.full_store), needs="unshare"),
    _both("Machine", "disk full, project", Case(expected=_FULL, stage=stages.full_project), needs="unshare"),
    _both(
        "Machine",
        "disk full, temporary directory",
        Case(expected=Completes(), stage=stages.full_temporary_directory),
        needs="unshare",
    ),
    _both("Machine", "store read-only", Case(expected=_READ_ONLY, stage=stages.read_only("store")), needs="unshare"),
    _both(
        "Machine", "project read-only", Case(expected=_READ_ONLY, stage=stages.read_only("project")), needs="unshare"
    ),
    Row(
        group="Machine",
        name="a file where a directory should be",
        lock=Case(expected=Fails(11, "cannot be read: not a directory"), stage=stages.file_in_the_way("vendor")),
        fetch=Case(expected=Fails(11, "cannot be written"), stage=stages.file_in_the_way("vendor/wheelhouse")),
    ),
    _both("Machine", "the store's files are damaged", Case(expected=Completes(), stage=stages.damaged_store)),
    *(
        Row(
            group="Machine",
            name=name,
            lock=Case(
                expected=Fails(130, "interrupted"),
                stage=stages.signalled(number, resolving=True),
                resolver=resolver,
                most_seconds=4.0,
            ),
            fetch=Case(
                expected=Fails(130, "interrupted"), stage=stages.signalled(number, resolving=False), most_seconds=4.0
            ),
            quick=number is signal.SIGTERM,
        )
        for name, number, resolver in (
            ("Ctrl-C", signal.SIGINT, "pip-compile"),
            ("SIGTERM", signal.SIGTERM, "uv"),
        )
    ),
    Row(
        group="Machine",
        name="another command holds the project",
        fetch=Case(
            expected=Fails(11, "another ca-vendor works on this project: `lock`, process", "waited 1 s"),
            stage=stages.busy,
        ),
    ),
    _both("Machine", "other commands on the project at once", Case(expected=Completes(), stage=stages.crowded)),
)

ROWS = (*CREDENTIALS, *INDEX, *MACHINE)
GROUPS = ("AWS", "Index", "Network", "Machine")

assert len({row.name for row in ROWS}) == len(ROWS)
