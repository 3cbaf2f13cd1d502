"""Processes in which a command begins at once: each is a copy of one that has imported what commands need.

``python -m tests.ready SOCKET``, in a process of its own, listens there until its stdin is closed. Whoever connects sends one command
and its three streams, and reads two lines: the number of its process and, once that has ended, its exit status.
"""

from __future__ import annotations

import json
import os
import resource
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any, NoReturn

CHECKOUT = Path(__file__).parents[1]
PIECE = 2**16
"""Bytes of a command with its environment that are read at once."""


class Started:
    """A command in a process of its own; what :class:`subprocess.Popen` offers is offered here under the same names."""

    def __init__(self, asked: socket.socket, stdout: int, stderr: int) -> None:
        self._told = asked.makefile("r")
        asked.close()
        self.stdout: IO[str] = os.fdopen(stdout, encoding="utf-8")
        self.stderr: IO[str] = os.fdopen(stderr, encoding="utf-8")
        self.pid = int(self._told.readline())
        self.returncode: int | None = None

    def send_signal(self, number: int) -> None:
        """As if the user had; nothing happens to a process that has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it without a word."""
        self.send_signal(signal.SIGKILL)

    def poll(self) -> int | None:
        """The exit status, or none where it has not ended."""
        if self.returncode is None and select.select([self._told], [], [], 0)[0]:
            self.wait()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """The exit status; below zero it is the signal that ended the process."""
        if self.returncode is None:
            if timeout is not None and not select.select([self._told], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired(str(self.pid), timeout)
            status = os.waitstatus_to_exitcode(int(self._told.readline()))
            self._told.close()
            self.returncode = status
        assert self.returncode is not None
        return self.returncode

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """What is left to read of both streams, once the process has ended."""
        read = {"out": "", "err": ""}

        def reading(name: str, stream: IO[str]) -> None:
            with stream:
                read[name] = stream.read()

        threads = [
            threading.Thread(target=reading, args=(name, stream), daemon=True)
            for name, stream in (("out", self.stdout), ("err", self.stderr))
            if not stream.closed
        ]
        for thread in threads:
            thread.start()
        self.wait(timeout)
        for thread in threads:
            thread.join()
        return read["out"], read["err"]


class Ready:
    """Starts commands; see :func:`serve`."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self._address = str(folder / "ready")
        self._server = subprocess.Popen(
            [sys.executable, "-m", "tests.ready", self._address],
            cwd=CHECKOUT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self._server.stdout is not None
        if self._server.stdout.readline() != b"ready\n":
            raise RuntimeError(f"no process was made ready: it ended with status {self._server.wait()}")

    def start(
        self,
        words: list[str],
        folder: Path,
        environment: Mapping[str, str],
        *,
        module: str = "saegui.__main__",
        file_bytes: int | None = None,
    ) -> Started:
        """``module``'s ``main(words)`` in ``folder``; no file can grow beyond ``file_bytes``, as on a disk that is full."""
        asked = {
            "words": words,
            "folder": str(folder),
            "environment": dict(environment),
            "module": module,
            "file_bytes": file_bytes,
        }
        sent = json.dumps(asked).encode() + b"\n"
        nothing = os.open(os.devnull, os.O_RDONLY)
        out, out_end = os.pipe()
        err, err_end = os.pipe()
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(self._address)
        socket.send_fds(connection, [sent], [nothing, out_end, err_end])
        for number in (nothing, out_end, err_end):
            os.close(number)
        return Started(connection, out, err)

    def close(self) -> None:
        """Nothing can be started any more; what was started goes on."""
        assert self._server.stdin is not None and self._server.stdout is not None
        self._server.stdin.close()
        self._server.wait()
        self._server.stdout.close()


def serve(address: str) -> None:
    """Answer whoever asks at ``address`` for a command, until stdin is closed."""
    # What the largest command imports; figures and windows import more.
    import saegui.__main__
    import saegui.cli.training
    import saegui.core.training.session  # noqa: F401

    listening = socket.socket(socket.AF_UNIX)
    listening.bind(address)
    listening.listen()
    # Nobody waits for those that wait for the commands.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    print("ready", flush=True)
    while True:
        found, _, _ = select.select([listening, 0], [], [])
        if 0 in found:
            sys.exit()
        connection, _ = listening.accept()
        if os.fork() == 0:
            listening.close()
            _begin(connection)
        connection.close()


def _begin(connection: socket.socket) -> NoReturn:
    sent, streams, _, _ = socket.recv_fds(connection, PIECE, 3)
    while not sent.endswith(b"\n"):
        sent += connection.recv(PIECE)
    asked: dict[str, Any] = json.loads(sent)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    command = os.fork()
    if command == 0:
        connection.close()
        sys.exit(_become(asked, streams))
    for number in streams:
        os.close(number)
    connection.sendall(f"{command}\n".encode())
    connection.sendall(f"{os.waitpid(command, 0)[1]}\n".encode())
    os._exit(0)


def _become(asked: dict[str, Any], streams: list[int]) -> Any:
    """Be the process that a shell would have started, and end as it would have."""
    import importlib

    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    sys.stdin = os.fdopen(0, encoding="utf-8", closefd=False)
    sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)
    sys.stderr = os.fdopen(2, "w", encoding="utf-8", errors="backslashreplace", buffering=1, closefd=False)
    sys.__stdin__, sys.__stdout__, sys.__stderr__ = sys.stdin, sys.stdout, sys.stderr
    os.chdir(asked["folder"])
    os.environ.clear()
    os.environ.update(asked["environment"])
    sys.argv = ["saegui", *asked["words"]]
    # Whoever runs the tests in the background made them deaf to Ctrl+C, and children inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if (limit := asked["file_bytes"]) is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    return importlib.import_module(asked["module"]).main(asked["words"])


if __name__ == "__main__":
    serve(sys.argv[1])
