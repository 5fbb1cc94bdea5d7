"""The program in a build image: runs the frontend there, with the view of the index over the standard streams.

It is sent in through standard input, with the source and what the frontend imports, and keeps to what Python 3.9 knows.
``task.json`` beside it holds

- ``port``: of loopback, where the view is to be found as on the machine that sent it;
- ``python``: the major and minor version that the image must have, and ``machine``, its kind of processor;
- ``install``: what pip is to install from the view for the frontend; empty where all of it was sent in;
- ``environment``: variables of the frontend.
"""

from __future__ import annotations

import io
import itertools
import json
import os
import platform
import socket
import subprocess
import sys
import tarfile
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

from ca_vendor.builder.wire import OPEN, RESULT, Channels, Sender, read_frames

BOOTSTRAP = """\
import os, struct, sys, tarfile, tempfile
os.umask(0o022)
stream, directory = sys.stdin.buffer, tempfile.mkdtemp()
left = struct.unpack(">Q", stream.read(8))[0]
with tempfile.TemporaryFile() as file:
    while left:
        block = stream.read(min(left, 1 << 20))
        if not block:
            sys.exit("the payload ends too soon")
        left -= file.write(block)
    file.seek(0)
    trusted = {"filter": "fully_trusted"} if hasattr(tarfile, "fully_trusted_filter") else {}
    with tarfile.open(fileobj=file) as archive:
        archive.extractall(directory, **trusted)
sys.path.insert(0, directory)
from ca_vendor.builder.inside import main
main(directory)
"""
"""What the image's Python is started with: unpacks the rest from standard input, and runs it."""


def main(name: str) -> None:
    """Run the frontend, and send back what came of it.

    Args:
        name: the directory that everything was unpacked to.
    """
    directory = Path(name)
    task = json.loads((directory / "task.json").read_text(encoding="utf-8"))
    sender = Sender(sys.stdout.buffer)
    problem = _wrong_image(task)
    if problem:
        (directory / "answer.json").write_text(json.dumps({"step": "image", "problem": problem}), encoding="utf-8")
    else:
        _serve(task["port"], sender)
        _run(directory, task)
    _send_result(directory, sender)
    os._exit(0)  # whatever threads still wait for


def _wrong_image(task: dict[str, Any]) -> str:
    version, machine = list(sys.version_info[:2]), platform.machine()
    if version == task["python"] and machine == task["machine"]:
        return ""
    return f"it has Python {version[0]}.{version[1]} on {machine}"


def _serve(port: int, sender: Sender) -> None:
    """Listen where the view is to be found, and carry what connects there to the machine that has it."""
    channels = Channels(sender)
    listener = socket.create_server(("127.0.0.1", port), backlog=64)

    def accept() -> None:
        for channel in itertools.count(1):
            connection, _ = listener.accept()
            sender.send(OPEN, channel)
            channels.attach(channel, connection)

    def receive() -> None:
        for frame in read_frames(sys.stdin.buffer):
            channels.receive(frame)
        os._exit(1)  # nobody is there any more who would have the result

    for work in (accept, receive):
        threading.Thread(target=work, daemon=True).start()


def _run(directory: Path, task: dict[str, Any]) -> None:
    home = directory / "home"
    home.mkdir()
    (directory / "output").mkdir()
    places = dict.fromkeys(("HOME", "TMPDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"), str(home))
    environment = {"PATH": os.environ.get("PATH", os.defpath), **places, **task["environment"]}
    if task["install"]:
        argv = [sys.executable, "-I", "-m", "pip", "install", "--quiet", "--target", str(directory / "lib")]
        if _call([*argv, *task["install"]], environment, home) != 0:
            answer = {"step": "requirements", "problem": f"the image's pip cannot install {task['install'][0]}"}
            (directory / "answer.json").write_text(json.dumps(answer), encoding="utf-8")
            return
    frontend = str(directory / "ca_vendor" / "builder" / "frontend.py")
    request = json.loads((directory / "request.json").read_text(encoding="utf-8"))
    for place in ("source", "output", "answer"):
        request[place] = str(directory / request[place])
    request["paths"] = [str(directory / "lib")]
    (directory / "request.json").write_text(json.dumps(request), encoding="utf-8")
    _call([sys.executable, "-I", frontend, str(directory / "request.json")], environment, home)


def _call(argv: list[str], environment: dict[str, str], directory: Path) -> int:
    """Run a program, with what it writes on our standard error: our standard output has another use."""
    return subprocess.call(
        argv, env=environment, cwd=directory, stdin=subprocess.DEVNULL, stdout=sys.stderr, stderr=sys.stderr
    )


def _send_result(directory: Path, sender: Sender) -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz", compresslevel=1) as archive:
        for name in ("answer.json", "output"):
            with suppress(FileNotFoundError):
                archive.add(directory / name, arcname=name)
    sender.send(RESULT, 0, buffer.getvalue())
    sender.send(RESULT, 0)
