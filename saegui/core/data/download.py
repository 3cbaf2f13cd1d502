"""Files from the network, checked against the sums that are published for them, and received in memory or in a file that
is not there yet, so that a broken download leaves nothing behind.

torchvision knows addresses, files and MD5 sums of many data sets, but its own download reports no bytes and cannot be
cancelled.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from http.client import HTTPException, HTTPResponse
from importlib import import_module
from io import BytesIO
from queue import Empty, SimpleQueue
from threading import Event, Thread
from typing import Any, BinaryIO, NamedTuple
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from numpy.typing import NDArray

from saegui.core.data import idx
from saegui.core.data.dataset import DatasetInfo
from saegui.core.data.idx_set import IdxSet
from saegui.core.errors import DataError
from saegui.core.progress import Progress

TIMEOUT = 10.0
"""Seconds without a byte after which a mirror is given up."""
SUMS = {"md5": "MD5", "sha256": "SHA-256"}
"""What a sum is called, by its name in :mod:`hashlib`."""
CHUNK = 1 << 16
POLL = 0.1
"""Seconds within which a cancel is noticed, also while a mirror does not answer."""
ROOM = 4
"""Files may be so many times as long as announced: the size of what nobody serves here is an estimate."""


class Published(NamedTuple):
    """Where files are, and what they are."""

    mirrors: list[str]
    """Base URLs."""
    sums: dict[str, str]
    """MD5 of each file by its name, which follows a base URL."""


class CannotKeepError(Exception):
    """A part that arrived cannot be written; its cause is the ``OSError``."""


def fetch(this: IdxSet, progress: Progress) -> list[NDArray[Any]]:
    """Download the four IDX files of ``this``, and return what they hold.

    The addresses are torchvision's, or those in the environment variable :attr:`IdxSet.variable`. Every file is tried on
    each of them, beginning with the one that delivered last.

    Raises:
        DataError: no mirror delivered a file; says what went wrong on each.
        Cancelled: ``progress`` gave the work up.
    """
    info = this.info
    progress.report(0, info.download_bytes, f"Downloading {info.title}")
    remedy = remedy_for(info)
    mirrors, sums = published(this.torchvision, this.variable, info)
    download = _Download(info, progress, mirrors, remedy)
    arrays = []
    for file, shape, type in zip(this.files, info.shapes.values(), this.types, strict=True):
        packed = f"{file}.gz"
        array = idx.decode_gzip(download.file(packed, sums[packed]), packed, type)
        # The labels of some have several columns.
        if array.shape[: len(shape)] != shape:
            raise DataError(
                f"{packed} holds an array of shape {array.shape}, but must have {shape}. {remedy}"
            )
        arrays.append(array)
    progress.report(info.download_bytes, info.download_bytes, f"Saving {info.title}")
    return arrays


def fetch_archive(this: IdxSet, sink: BinaryIO, progress: Progress) -> None:
    """Download the ZIP file with the files of ``this`` into ``sink``, an open file.

    Raises:
        CannotKeepError: ``sink`` cannot be written.
        DataError, Cancelled: as :func:`fetch`.
    """
    mirrors, sums = published(this.torchvision, this.variable, this.info)
    download = _Download(this.info, progress, mirrors, remedy_for(this.info))
    download.into(sink, this.archive, sums[this.archive])


def fetch_file(address: str, name: str, sha256: str, info: DatasetInfo, progress: Progress) -> bytes:
    """The file that people call ``name``, at ``address``, whose SHA-256 sum is given in hexadecimal digits.

    Raises:
        DataError: it could not be had; says why, and what to do.
        Cancelled: ``progress`` gave the work up.
    """
    place, _, path = address.rpartition("/")
    remedy = f"Check the network and try again, or take {info.title} from a folder that holds {name}."
    download = _Download(info, progress, [place], remedy)
    return download.file(name, sha256, "sha256", path)


def fetch_published(
    torchvision: str, variable: str, info: DatasetInfo, progress: Progress
) -> dict[str, bytes]:
    """All files that the class ``torchvision`` of torchvision names, by name; as :func:`fetch`."""
    mirrors, sums = published(torchvision, variable, info)
    download = _Download(info, progress, mirrors, remedy_for(info))
    return {name: download.file(name, wanted) for name, wanted in sums.items()}


def remedy_for(info: DatasetInfo) -> str:
    """What to do where a data set cannot be downloaded."""
    return f"Check the network and try again, or take {info.title} from a folder that holds its files."


def published(torchvision: str, variable: str, info: DatasetInfo) -> Published:
    """Where a class of torchvision finds its files; base URLs in the environment ``variable`` are asked instead.

    Raises:
        DataError: torchvision cannot be loaded; says what to do.
    """
    try:
        datasets = import_module("torchvision.datasets")
    except (ImportError, RuntimeError, OSError) as error:
        # A torchvision that does not fit torch raises a RuntimeError.
        raise DataError(
            f"{info.title} cannot be downloaded, because torchvision cannot be loaded ({error}). Install the "
            f"torchvision that fits torch, or take {info.title} from a folder that holds its files."
        ) from error

    mirrors, sums = _as_torchvision_says(getattr(datasets, torchvision))
    return Published(os.environ.get(variable, "").split() or mirrors, sums)


def _as_torchvision_says(known: Any) -> Published:
    """Its classes say it in four ways."""
    if hasattr(known, "split_list"):  # USPS
        files = [(address, md5) for address, _, md5 in known.split_list.values()]
    elif hasattr(known, "url"):  # EMNIST
        files = [(known.url, known.md5)]
    elif isinstance(known.resources, dict):  # QMNIST
        files = [*known.resources["train"], *known.resources["test"]]
    else:
        return Published(list(known.mirrors), dict(known.resources))
    places = {address.rpartition("/")[0]: None for address, _ in files}
    return Published(list(places), {address.rpartition("/")[2]: md5 for address, md5 in files})


@dataclass
class _Download:
    info: DatasetInfo
    progress: Progress
    mirrors: list[str]
    remedy: str
    done: int = 0
    """Bytes of the files that are complete."""

    def file(self, name: str, wanted: str, kind: str = "md5", path: str = "") -> bytes:
        """The bytes of ``name``; see :meth:`into`."""
        sink = BytesIO()
        self.into(sink, name, wanted, kind, path)
        return sink.getvalue()

    def into(self, sink: BinaryIO, name: str, wanted: str, kind: str = "md5", path: str = "") -> None:
        """Write ``name`` to ``sink`` as the first mirror delivers it whose bytes have the sum ``wanted``."""
        failures: list[str] = []
        for mirror in list(self.mirrors):
            host = mirror.split("//")[-1].split("/")[0]
            after = f" (after {failures[-1]})" if failures else ""
            sink.seek(0)
            sink.truncate()
            digest = hashlib.new(kind, usedforsecurity=False)
            try:
                length = self._receive(
                    f"{mirror.rstrip('/')}/{path or name}",
                    f"{name} from {host}{after}",
                    partial(_keep, sink, digest.update),
                )
            except (OSError, HTTPException, ValueError) as error:
                failures.append(f"{host}: {_reason(error)}")
                continue
            if digest.hexdigest() == wanted:
                self.done += length
                self.mirrors.remove(mirror)
                self.mirrors.insert(0, mirror)
                return
            failures.append(f"{host}: other bytes than those of {self.info.title} ({SUMS[kind]} sum)")
        tried = "; ".join(failures)
        raise DataError(f"{self.info.title} could not be downloaded: {name} ({tried}). {self.remedy}")

    def _receive(self, url: str, what: str, take: Callable[[bytes], None]) -> int:
        """Give the body at ``url`` to ``take``, piece by piece; its length. A second thread waits for the network, so
        that a cancel need not."""
        arrived: SimpleQueue[bytes | Exception | None] = SimpleQueue()
        abandoned = Event()
        work = partial(_fill, arrived, abandoned, url, ROOM * self.info.download_bytes)
        Thread(target=work, name="saegui-download", daemon=True).start()
        length = 0
        try:
            while True:
                text = f"Downloading {self.info.title}: {what}"
                done = min(self.done + length, self.info.download_bytes)
                self.progress.report(done, self.info.download_bytes, text)
                try:
                    item = arrived.get(timeout=POLL)
                except Empty:
                    continue
                if item is None:
                    return length
                if isinstance(item, Exception):
                    raise item
                take(item)
                length += len(item)
        finally:
            abandoned.set()


def _keep(sink: BinaryIO, update: Callable[[bytes], None], chunk: bytes) -> None:
    update(chunk)
    try:
        sink.write(chunk)
    except OSError as error:
        raise CannotKeepError from error


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
                raise ConnectionError(
                    f"more than {limit:,} bytes, which is {ROOM} times as long as all files together"
                )
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
