"""A CodeArtifact of one's own, for the length of a ``with`` block."""

import base64
import tempfile
import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from urllib.parse import quote

from filelock import FileLock, Timeout

from ca_vendor.emulator.admin import Admin
from ca_vendor.emulator.application import Application, FaultyApplication
from ca_vendor.emulator.archives import NotADistributionError
from ca_vendor.emulator.control import Account, ControlPlane, Service
from ca_vendor.emulator.data import DataPlane
from ca_vendor.emulator.delivery import Shaper, Shaping
from ca_vendor.emulator.faults import FaultQueue
from ca_vendor.emulator.library import ExternalIndex, Library
from ca_vendor.emulator.messages import Request, Response
from ca_vendor.emulator.model import EXTERNAL_CONNECTION, Clock, Domain, EmulatorError, Repository
from ca_vendor.emulator.publishing import Publisher
from ca_vendor.emulator.request_log import RequestLog
from ca_vendor.emulator.routes import OPERATIONS
from ca_vendor.emulator.server import LoopbackServer
from ca_vendor.emulator.state import State
from ca_vendor.emulator.tokens import MAXIMUM_SECONDS, IssuedToken, Tokens, read_key
from ca_vendor.emulator.uploads import Uploads
from ca_vendor.emulator.upstream import Upstream, UpstreamIndex

Paths = Path | Iterable[Path]

_SECRET_KEY = "emulated"  # noqa: S105 - any value will do, signatures are not verified


@dataclass(kw_only=True, eq=False)
class Emulator:
    """A local CodeArtifact: one domain with one repository to begin with. A context manager.

    Attributes:
        packages: directories (searched at any depth) or files to publish in the repository; read where they lie.
        domain: the domain's name.
        repository: the repository's name.
        owner: the account that owns the domain and makes every call.
        region: the region in names and hosts.
        upstream: the index behind the external connection: where to read one, or one itself; ``None`` for none.
        state: the directory that keeps everything over a restart; ``None`` for one that goes with the emulator.
        port: 0 for one that the system chooses.
        admin_port: the admin interface's; 0 for one that the system chooses.
        clock: the time, in seconds since the epoch; :class:`ManualClock` lets tokens expire on demand.
        html_only: serve HTML pages whatever the client accepts.
        import_seconds: how long an external asset answers 404 after it was first asked for; the service takes 1.3
            to 1.6.
        session_seconds: the expiry of tokens of duration 0.
        service_hosts: let GetRepositoryEndpoint answer with the service's host names in place of loopback URLs.
    """

    packages: Paths = ()
    domain: str = "acme"
    repository: str = "python"
    owner: str = "111122223333"
    region: str = "us-east-1"
    upstream: Upstream | ExternalIndex | None = None
    state: Path | None = None
    port: int = 0
    admin_port: int = 0
    clock: Clock = time.time
    html_only: bool = False
    import_seconds: float = 0.0
    session_seconds: int = 3600
    service_hosts: bool = False
    requests: RequestLog = field(default_factory=RequestLog, init=False)
    tokens: Tokens = field(init=False)
    faults: FaultQueue = field(default_factory=FaultQueue, init=False)
    _shaper: Shaper = field(default_factory=Shaper, init=False)
    _opened: ExitStack = field(default_factory=ExitStack, init=False)

    def __enter__(self) -> "Emulator":
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Publish the packages and begin to serve.

        Raises:
            EmulatorError: when a package file cannot be read, a port is taken, or the state is in use.
        """
        with ExitStack() as opened:
            directory = self._open_directory(opened)
            self.tokens = Tokens(read_key(directory / "token.key"), self.clock)
            self._state = State(directory)
            self._publisher = Publisher(self._state, self.clock)
            self._seed()
            application = FaultyApplication(
                application=self._assemble(directory, opened), faults=self.faults, tokens=self.tokens
            )
            admin = Admin(
                faults=self.faults,
                shaper=self._shaper,
                requests=self.requests,
                tokens=self.tokens,
                clock=self.clock,
            )
            self._server = _open_server(opened, application, port=self.port, log=self.requests, shaper=self._shaper)
            self._admin = _open_server(opened, admin, port=self.admin_port, log=RequestLog(), shaper=Shaper())
            self._opened = opened.pop_all()

    def stop(self) -> None:
        """End every connection; remove the state unless it was asked to stay."""
        self._opened.close()

    def _open_directory(self, opened: ExitStack) -> Path:
        if self.state is None:
            # Downloads from the upstream that are still under way may write while it is being removed.
            temporary = tempfile.TemporaryDirectory(prefix="ca-vendor-emulator-", ignore_cleanup_errors=True)
            return Path(opened.enter_context(temporary))
        self.state.mkdir(parents=True, exist_ok=True)
        try:
            opened.enter_context(FileLock(self.state / "lock", timeout=0))
        except Timeout as exc:
            raise EmulatorError(
                f"another emulator uses `{self.state}`", hint="give this one a state directory of its own"
            ) from exc
        return self.state

    def _seed(self) -> None:
        label = f"{self.domain}-{self.owner}"
        if all(domain.label != label for domain in self._state.domains()):
            self.create_domain(self.domain)
        if all(found.name != self.repository for found in self._state.repositories(label)):
            self.create_repository(self.repository)
        repository = self._state.repository(label, self.repository)
        if self.upstream is not None:
            repository = replace(repository, external_connection=EXTERNAL_CONNECTION)
            self._state.put_repository(repository)
        self._publisher.drop_missing(repository)
        self.add_packages(self.packages)

    def _assemble(self, directory: Path, opened: ExitStack) -> Application:
        external: ExternalIndex | None
        if isinstance(self.upstream, Upstream):
            external = UpstreamIndex(self.upstream, directory / "upstream")
        else:
            external = self.upstream
        if external is not None:
            opened.callback(external.close)
        library = Library(self._state, external, self.clock, import_seconds=self.import_seconds)
        account = Account(
            owner=self.owner,
            region=self.region,
            session_seconds=self.session_seconds,
            endpoint=self._render_endpoint,
        )
        service = Service(account=account, state=self._state, library=library, tokens=self.tokens, clock=self.clock)
        return Application(
            control=ControlPlane(service, OPERATIONS),
            data=DataPlane(library, self.tokens, html_only=self.html_only),
            uploads=Uploads(self._state, self._publisher),
            state=self._state,
        )

    @property
    def endpoint_url(self) -> str:
        """The control plane's URL, for ``AWS_ENDPOINT_URL_CODEARTIFACT`` or ``--endpoint-url``."""
        return f"http://127.0.0.1:{self._server.port}"

    @property
    def admin_url(self) -> str:
        """The admin interface's URL."""
        return f"http://127.0.0.1:{self._admin.port}"

    def shape(self, shaping: Shaping) -> None:
        """Hold every response from now on to a latency and to rates; ``Shaping()`` lets go."""
        self._shaper.shaping = shaping

    @property
    def repository_endpoint(self) -> str:
        """The first repository's endpoint; ends in a slash, takes uploads."""
        return self._loopback_endpoint(f"{self.domain}-{self.owner}", self.repository)

    @property
    def index_url(self) -> str:
        """The first repository's simple index, without credentials."""
        return f"{self.repository_endpoint}simple/"

    def environment(self) -> dict[str, str]:
        """Return the variables that point AWS clients here, with credentials that mean nothing elsewhere."""
        return {
            "AWS_ENDPOINT_URL_CODEARTIFACT": self.endpoint_url,
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_ACCESS_KEY_ID": "AKIDEMULATED",
            "AWS_SECRET_ACCESS_KEY": _SECRET_KEY,
        }

    def issue_token(self, *, domain: str | None = None, seconds: int = MAXIMUM_SECONDS) -> IssuedToken:
        """Return a fresh token without asking the control plane."""
        return self.tokens.issue(f"{domain or self.domain}-{self.owner}", seconds)

    def authenticated_index_url(self) -> str:
        """Return the simple index's URL with a fresh token in it, as ``pip`` takes it."""
        token = quote(self.issue_token().value, safe="")
        return self.index_url.replace("://", f"://aws:{token}@", 1)

    def authorization(self) -> str:
        """Return an ``Authorization`` header's value with a fresh token."""
        credentials = f"aws:{self.issue_token().value}".encode()
        return f"Basic {base64.b64encode(credentials).decode()}"

    def create_domain(self, name: str) -> None:
        """Create a domain."""
        key = f"arn:aws:kms:{self.region}:{self.owner}:key/00000000-0000-0000-0000-000000000000"
        domain = Domain(name=name, owner=self.owner, created_at=self.clock(), encryption_key=key)
        self._state.add_domain(domain)

    def create_repository(
        self, name: str, *, domain: str | None = None, upstreams: Iterable[str] = (), external: bool = False
    ) -> None:
        """Create a repository.

        Args:
            name: its name.
            domain: the domain's name; the first domain when not given.
            upstreams: names of repositories of the domain, in order of priority.
            external: whether it has the external connection.
        """
        repository = Repository(
            name=name,
            domain=f"{domain or self.domain}-{self.owner}",
            created_at=self.clock(),
            upstreams=tuple(upstreams),
            external_connection=EXTERNAL_CONNECTION if external else None,
        )
        self._state.add_repository(repository)

    def add_packages(self, packages: Paths, *, repository: str | None = None, domain: str | None = None) -> None:
        """Publish files or directories of files, read where they lie.

        Raises:
            EmulatorError: when a file cannot be read.
        """
        label = f"{domain or self.domain}-{self.owner}"
        paths = (packages,) if isinstance(packages, Path) else packages
        try:
            self._publisher.publish_files(self._state.repository(label, repository or self.repository), paths)
        except NotADistributionError as exc:
            raise EmulatorError(f"neither wheel nor sdist: `{exc}`") from exc

    def _loopback_endpoint(self, label: str, repository: str) -> str:
        return f"{self.endpoint_url}/pypi/d/{label}/{repository}/"

    def _render_endpoint(self, label: str, repository: str, kind: str) -> str:
        if not self.service_hosts:
            return self._loopback_endpoint(label, repository)
        if kind == "dualstack":
            return f"https://{label}.codeartifact.{self.region}.on.aws/pypi/{repository}/"
        # ? the suffix in China.
        suffix = "amazonaws.com.cn" if self.region.startswith("cn-") else "amazonaws.com"
        return f"https://{label}.d.codeartifact.{self.region}.{suffix}/pypi/{repository}/"


def _open_server(
    opened: ExitStack, application: Callable[[Request], Response], *, port: int, log: RequestLog, shaper: Shaper
) -> LoopbackServer:
    try:
        server = LoopbackServer(application, port=port, log=log, shaper=shaper)
    except OSError as exc:
        raise EmulatorError(f"port {port} of 127.0.0.1 cannot be had: {exc.strerror}") from exc
    server.start()
    opened.callback(server.stop)
    return server
