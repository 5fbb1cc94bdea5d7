"""One build in a process of its own: a JSON object in, a JSON object out."""

import json
import sys
from pathlib import Path

from ca_vendor.builder import BuildSettings, HostBuilder, Source
from ca_vendor.view import serve_host_view
from tests.integration.builder.conftest import no_file, no_page


def main() -> None:
    task = json.loads(sys.argv[1])
    with serve_host_view(pages=no_page, ensure_file=no_file) as view:
        hidden = tuple(Path(path) for path in task["hidden"])
        builder = HostBuilder(BuildSettings(index_url=view.url, hidden=hidden, confine=task["confine"]))
        metadata = builder.prepare_metadata(Source(path=Path(task["source"]), shown="foo==1.0"))
        sys.stdout.write(json.dumps({"confined": builder.confined, "metadata": metadata.decode()}))


main()
