"""A mirror on this machine that serves the real MNIST files, and breaks in the ways mirrors break."""

from __future__ import annotations

import gzip
import os
import shutil
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from saegui.core import data
from saegui.core.data import download, mnist
from saegui.core.paths import HOME_VARIABLE


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
        super().__init__(*args)

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


@pytest.fixture
def mirror(mnist_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mirror]:
    """The only mirror there is."""
    mirror = Mirror(mnist_dir)
    monkeypatch.setenv(download.MIRRORS_VARIABLE, mirror.url)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    yield mirror
    mirror.close()


@pytest.fixture
def second_mirror(mirror: Mirror, mnist_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mirror]:
    """Another one, asked after ``mirror``."""
    second = Mirror(mnist_dir)
    monkeypatch.setenv(download.MIRRORS_VARIABLE, f"{mirror.url} {second.url}")
    yield second
    second.close()


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every mirror refuses the connection."""
    monkeypatch.setenv(download.MIRRORS_VARIABLE, "http://127.0.0.1:9/mnist/")
    monkeypatch.setenv("no_proxy", "127.0.0.1")


@pytest.fixture(scope="session")
def downloaded(mnist_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home into which MNIST was downloaded; treat it as read-only."""
    home = tmp_path_factory.mktemp("downloaded")
    mirror = Mirror(mnist_dir)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(HOME_VARIABLE, str(home))
        patch.setenv(download.MIRRORS_VARIABLE, mirror.url)
        patch.setenv("no_proxy", "127.0.0.1")
        data.load("mnist")
    mirror.close()
    return home


@pytest.fixture
def cached(downloaded: Path, own_home: Path) -> Path:
    """The test's own cache folder of MNIST, whose files (links) may be replaced, not written into."""
    shutil.copytree(downloaded / "data", own_home / "data", copy_function=os.link)
    return own_home / "data" / "mnist"


def _idx_bytes(array: np.ndarray, code: int = 8) -> bytes:
    header = struct.pack(f">BBBB{array.ndim}I", 0, 0, code, array.ndim, *array.shape)
    return header + array.tobytes()


@pytest.fixture(scope="session")
def idx_bytes() -> Callable[..., bytes]:
    """``idx_bytes(array, code=8)``: the array as an IDX file."""
    return _idx_bytes


@pytest.fixture
def small() -> dict[str, np.ndarray]:
    """The four arrays of a small data set in MNIST's format, by file name."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (30, 28, 28), dtype=np.uint8)
    labels = (np.arange(30) % 10).astype(np.uint8)
    return dict(zip(mnist.FILES, (images, labels, images[:10], labels[:10]), strict=True))


@pytest.fixture
def write_folder(tmp_path: Path) -> Callable[..., Path]:
    """``write_folder(arrays, below=".", packed=False)``: IDX files below a new folder, which it returns."""

    def write(arrays: dict[str, np.ndarray], below: str = ".", packed: bool = False) -> Path:
        folder = tmp_path / "chosen"
        (folder / below).mkdir(parents=True, exist_ok=True)
        for name, array in arrays.items():
            content = _idx_bytes(array)
            path = folder / below / (f"{name}.gz" if packed else name)
            path.write_bytes(gzip.compress(content, 1, mtime=0) if packed else content)
        return folder

    return write
