"""Files from the network, checked against the sums that are published for them, and received in memory, so that a
broken download leaves nothing behind.

torchvision knows MNIST's mirrors, files and their MD5 sums, but its own download reports no bytes and cannot be
cancelled.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from http.client import HTTPException, HTTPResponse
from queue import Empty, SimpleQueue
from threading import Event, Thread
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from saegui.core.data import idx
from saegui.core.data.dataset import Arrays, DatasetInfo
from saegui.core.errors import DataError
from saegui.core.progress import Progress

MIRRORS_VARIABLE = "SAEGUI_MNIST_MIRRORS"
"""Environment variable: base URLs, separated by spaces, that are asked instead of torchvision's mirrors."""
TIMEOUT = 10.0
"""Seconds without a byte after which a mirror is given up."""
SUMS = {"md5": "MD5", "sha256": "SHA-256"}
"""What a sum is called, by its name in :mod:`hashlib`."""
CHUNK = 1 << 16
POLL = 0.1
"""Seconds within which a cancel is noticed, also while a mirror does not answer."""
REMEDY = "Check the network and try again, or take MNIST from a folder that holds its files."
ROOM = 4
"""A single file may be so many times as long as announced: the size of one that nobody serves here is an estimate."""


def fetch(files: Sequence[str], info: DatasetInfo, progress: Progress) -> Arrays:
    """Download the IDX ``files``, named in the order of :class:`Arrays`, and return what they hold.

    The mirrors are torchvision's, or those in the environment variable ``SAEGUI_MNIST_MIRRORS``. Every file
    is tried on each of them, beginning with the one that delivered last.

    Raises:
        DataError: no mirror delivered a file; says what went wrong on each.
        Cancelled: ``progress`` gave the work up.
    """
    progress.report(0, info.download_bytes, f"Downloading {info.title}")
    mirrors, sums = _sources()
    download = _Download(info, progress, mirrors, REMEDY)
    arrays = []
    for file, shape in zip(files, info.shapes.values(), strict=True):
        packed = f"{file}.gz"
        array = idx.decode_gzip(download.file(packed, sums[packed]), packed)
        if array.shape != shape:
            raise DataError(
                f"{packed} holds an array of shape {array.shape}, but must have {shape}. {REMEDY}"
            )
        arrays.append(array)
    progress.report(info.download_bytes, info.download_bytes, f"Saving {info.title}")
    return Arrays(*arrays)


def fetch_file(address: str, name: str, sha256: str, info: DatasetInfo, progress: Progress) -> bytes:
    """The file that people call ``name``, at ``address``, whose SHA-256 sum is given in hexadecimal digits.

    Raises:
        DataError: it could not be had; says why, and what to do.
        Cancelled: ``progress`` gave the work up.
    """
    place, _, path = address.rpartition("/")
    remedy = f"Check the network and try again, or take {info.title} from a folder that holds {name}."
    download = _Download(info, progress, [place], remedy, limit=ROOM * info.download_bytes)
    return download.file(name, sha256, "sha256", path)


def _sources() -> tuple[list[str], dict[str, str]]:
    try:
        from torchvision.datasets import MNIST
    except (ImportError, RuntimeError, OSError) as error:
        # A torchvision that does not fit torch raises a RuntimeError.
        raise DataError(
            f"MNIST cannot be downloaded, because torchvision cannot be loaded ({error}). "
            "Install the torchvision that fits torch, or take MNIST from a folder that holds its files."
        ) from error

    mirrors = os.environ.get(MIRRORS_VARIABLE, "").split() or list(MNIST.mirrors)
    return mirrors, dict(MNIST.resources)


@dataclass
class _Download:
    info: DatasetInfo
    progress: Progress
    mirrors: list[str]
    remedy: str
    limit: int = 0
    """Bytes after which a file is given up; 0 for those of all files together."""
    done: int = 0
    """Bytes of the files that are complete."""

    def file(self, name: str, wanted: str, kind: str = "md5", path: str = "") -> bytes:
        """The bytes of ``name`` from the first mirror that delivers what the sum ``wanted`` promises."""
        failures: list[str] = []
        for mirror in list(self.mirrors):
            host = mirror.split("//")[-1].split("/")[0]
            after = f" (after {failures[-1]})" if failures else ""
            try:
                data = self._receive(f"{mirror.rstrip('/')}/{path or name}", f"{name} from {host}{after}")
            except (OSError, HTTPException, ValueError) as error:
                failures.append(f"{host}: {_reason(error)}")
                continue
            if hashlib.new(kind, data, usedforsecurity=False).hexdigest() == wanted:
                self.done += len(data)
                self.mirrors.remove(mirror)
                self.mirrors.insert(0, mirror)
                return data
            failures.append(f"{host}: other bytes than those of {self.info.title} ({SUMS[kind]} sum)")
        tried = "; ".join(failures)
        raise DataError(f"{self.info.title} could not be downloaded: {name} ({tried}). {self.remedy}")

    def _receive(self, url: str, what: str) -> bytes:
        """The body at ``url``. A second thread waits for the network, so that a cancel need not."""
        arrived: SimpleQueue[bytes | Exception | None] = SimpleQueue()
        abandoned = Event()
        work = partial(_fill, arrived, abandoned, url, self.limit or self.info.download_bytes)
        Thread(target=work, name="saegui-download", daemon=True).start()
        data = bytearray()
        try:
            while True:
                text = f"Downloading {self.info.title}: {what}"
                done = min(self.done + len(data), self.info.download_bytes)
                self.progress.report(done, self.info.download_bytes, text)
                try:
                    item = arrived.get(timeout=POLL)
                except Empty:
                    continue
                if item is None:
                    return bytes(data)
                if isinstance(item, Exception):
                    raise item
                data += item
        finally:
            abandoned.set()


def _fill(arrived: SimpleQueue[bytes | Exception | None], abandoned: Event, url: str, limit: int) -> None:
    """Put the body at ``url`` into ``arrived``, chunk by chunk, then None, or the error that ended it."""
    try:
        for chunk in _chunks(url, limit):
            arrived.put(chunk)
            if abandoned.is_set():
                return
        arrived.put(None)
    except Exception as error:  # noqa: BLE001 - raised again by the thread that waits for it
        arrived.put(error)


def _chunks(url: str, limit: int) -> Iterator[bytes]:
    """The body at ``url`` as it arrives; ``OSError`` when refused, cut short or longer than ``limit``."""
    with _open(url) as response:
        announced = response.headers.get("Content-Length")
        received = 0
        while chunk := response.read1(CHUNK):
            received += len(chunk)
            if received > limit:
                raise ConnectionError(f"more than the {limit:,} bytes of all files together")
            yield chunk
        if announced is not None and received < int(announced):
            raise ConnectionError(f"the connection broke off after {received:,} of {int(announced):,} bytes")


def _open(url: str) -> HTTPResponse:
    try:
        response: HTTPResponse = urlopen(Request(url, headers={"User-Agent": "saegui"}), timeout=TIMEOUT)
        return response
    except HTTPError as error:
        with error:  # it holds the connection
            raise ConnectionError(f"HTTP {error.code} {error.reason}") from error


def _reason(error: Exception) -> str:
    cause = error.reason if isinstance(error, URLError) else error
    if isinstance(cause, TimeoutError):
        return f"no answer within {TIMEOUT:g} s"
    if isinstance(cause, OSError) and cause.strerror:
        return cause.strerror
    return str(cause) or type(cause).__name__
