"""A mirror on this machine that serves the real MNIST files, and breaks in the ways mirrors break."""

from __future__ import annotations

import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from saegui.core.data.sources import mnist_family, usps

VARIABLES = tuple(dict.fromkeys([*(each.variable for each in mnist_family.SETS), usps.VARIABLE]))
"""What names other addresses than the published ones, of every data set that is looked for at more than one."""


class Mirror:
    """``faults`` maps a file's name to a way of failing; ``requests`` lists the names that were asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.faults: dict[str, str] = {}
        self.requests: list[str] = []
        self.asked = threading.Event()
        self.over = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), lambda *args: _Handler(self, *args))
        self._server.daemon_threads = False  # so that close() waits for them
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self._server.server_address[1]}"

    @property
    def url(self) -> str:
        return f"http://{self.host}/mnist/"

    def close(self) -> None:
        self.over.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    def __init__(self, mirror: Mirror, *args: object) -> None:
        self.mirror = mirror
        super().__init__(*args)  # type: ignore[arg-type]

    def log_message(self, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        name = self.path.rsplit("/", 1)[-1]
        self.mirror.requests.append(name)
        self.mirror.asked.set()
        with suppress(ConnectionError):  # the client has had enough
            self._answer(name, self.mirror.faults.get(name))

    def _answer(self, name: str, fault: str | None) -> None:
        if fault == "missing":
            self.send_error(404)
            return
        body = (self.mirror.folder / name).read_bytes()
        if fault == "silent":
            self.mirror.over.wait()
            return
        if fault == "altered":
            body = body[:-9] + bytes([body[-9] ^ 1]) + body[-8:]
        if fault == "foreign":
            body = b"<html>Please sign in to this network.</html>"
        self.send_response(200)
        if fault != "endless":
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if fault == "dropped":
            body = body[: len(body) // 2]
        while fault == "endless":
            self.wfile.write(body)
        self.wfile.write(body)
