"""Which pictures a folder or a zip file holds, of which class each is, and which are for testing; no picture is opened."""

from __future__ import annotations

import hashlib
import os
import re
import stat
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from saegui.core.errors import DataError, reason
from saegui.core.files.picture_file import KINDS, PictureFault
from saegui.core.progress import Progress

ENDINGS = frozenset(
    [
        ".png",
        ".apng",
        ".jpg",
        ".jpeg",
        ".jpe",
        ".jfif",
        ".webp",
        ".tif",
        ".tiff",
        ".gif",
        ".bmp",
        ".dib",
        ".ppm",
        ".pgm",
        ".pbm",
        ".pnm",
        ".tga",
    ]
)
"""Of names of picture files."""
MOST_FILES = 2_000_000
"""More are not looked through: it is hardly a folder of pictures, but a whole disk."""
MOST_MEMBER = 1 << 28
"""Bytes of one picture in a zip file, unpacked; larger ones are named and left out."""
TRAIN, TEST = ("train", "training"), ("test", "testing", "val", "valid", "validation")
"""Names of folders that divide the pictures already."""
_MAGIC = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"RIFF", b"II*\0", b"MM\0*")
"""First bytes of pictures, for files whose names have no ending."""


class Entry(NamedTuple):
    """One picture."""

    name: str
    """Below the folder, with ``/``: ``cats/12.png``."""
    size: int
    """Bytes."""
    stamp: int
    """When it was changed last, in ns, or its checksum in a zip file."""


@dataclass(frozen=True)
class Listing:
    """What a folder or a zip file holds."""

    place: Path
    pictures: tuple[Entry, ...]
    """In natural order: ``2.png`` before ``10.png``."""
    others: tuple[tuple[str, int], ...] = ()
    """Endings of the other files, with how many there are of each, the most frequent first."""
    hidden: int = 0
    """Files and folders whose names begin with a dot, which are left out."""
    closed: tuple[str, ...] = ()
    """Folders that cannot be looked into, and links that lead nowhere."""

    @property
    def fingerprint(self) -> str:
        """Changes when a picture is added, removed, renamed or written to."""
        found = hashlib.blake2b(digest_size=12)
        for entry in self.pictures:
            found.update(f"{entry.name}\0{entry.size}\0{entry.stamp}\n".encode("utf-8", "surrogateescape"))
        return found.hexdigest()

    @property
    def others_in_words(self) -> str:
        """Such as ``2 .txt, 1 .heic``."""
        return ", ".join(f"{count:,} {ending or 'without an ending'}" for ending, count in self.others[:4])


class Division(NamedTuple):
    """Which pictures are used, and what for."""

    used: list[Entry]
    labels: NDArray[np.intp]
    """Of each of :attr:`used`: a place in :attr:`classes`."""
    classes: tuple[str, ...]
    """Empty where there are no labels."""
    test: NDArray[np.bool_] | None
    """Of each of :attr:`used`, whether it is for testing; None where the folder does not say."""
    left_out: int
    """Pictures that lie beside the folders that are used."""


def listed(place: Path, progress: Progress) -> Listing:
    """What ``place``, a folder or a zip file, holds; a picture file itself is a listing of one.

    Raises:
        DataError: it cannot be read, or holds no picture; names it and says what to do.
        Cancelled: ``progress`` gave the work up.
    """
    try:
        mode = place.stat().st_mode
    except OSError as error:
        raise DataError(f"{place} cannot be read ({reason(error)}); choose a folder of pictures.") from error
    if stat.S_ISDIR(mode):
        found = _scanned(place, progress)
    elif not stat.S_ISREG(mode):
        raise DataError(f"{place} is neither a folder nor a file; choose a folder of pictures.")
    elif is_zip(place):
        found = _members(place)
    else:
        status = place.stat()
        found = Listing(place, (Entry(place.name, status.st_size, status.st_mtime_ns),))
    if not found.pictures:
        raise DataError(_nothing(found))
    return found


def is_zip(path: Path) -> bool:
    """Whether ``path`` is named and begins like a zip file."""
    if path.suffix.casefold() != ".zip":
        return False
    try:
        with path.open("rb") as file:
            return file.read(4) in (b"PK\3\4", b"PK\5\6")
    except OSError:
        return False


def holds_pictures(place: Path, most: int = 3000) -> bool:
    """Whether there is a picture among the first ``most`` names of a folder or a zip file; never raises."""
    try:
        if is_zip(place):
            with zipfile.ZipFile(place) as archive:
                names = [each.filename for each in archive.infolist()[:most]]
            return any(PurePosixPath(name).suffix.casefold() in ENDINGS for name in names)
        waiting, looked = [place], 0
        while waiting and looked < most:
            with os.scandir(waiting.pop(0)) as entries:
                for entry in entries:
                    looked += 1
                    if looked > most:
                        return False
                    if entry.name.startswith("."):
                        continue
                    if PurePosixPath(entry.name).suffix.casefold() in ENDINGS and entry.is_file():
                        return True
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(Path(entry.path))
    except (OSError, ValueError, zipfile.BadZipFile, NotImplementedError):
        return False
    return False


@contextmanager
def opener(listing: Listing) -> Iterator[Callable[[Entry], Path | BinaryIO]]:
    """What makes of an entry something that Pillow opens; may be called by several threads at once."""
    if listing.place.is_dir():
        yield lambda entry: listing.place / entry.name
    elif not is_zip(listing.place):
        yield lambda entry: listing.place
    else:
        with _zip(listing.place) as archive:
            yield lambda entry: _unpacked(archive, entry)


def divided(listing: Listing, by_folder: bool) -> Division:
    """The class of each picture is its folder below the top, or below ``train`` and ``test`` where there are both.

    A folder that holds nothing but one other folder is passed through. With ``by_folder`` pictures beside the folders of
    classes are left out; without it, all pictures are used and have no labels.
    """
    rows = _within([(entry, PurePosixPath(entry.name).parts) for entry in listing.pictures])
    places = [parts[0].casefold() if len(parts) > 1 else "" for _, parts in rows]
    test: list[bool] | None = None
    if set(TRAIN) & set(places) and set(TEST) & set(places):
        kept = [place for place, name in enumerate(places) if name in TRAIN + TEST]
        test = [places[place] in TEST for place in kept]
        rows = [(rows[place][0], rows[place][1][1:]) for place in kept]
    names = sorted({parts[0] for _, parts in rows if len(parts) > 1}, key=natural)
    if not by_folder or not names:
        names = []
        labels = [0] * len(rows)
    else:
        kept = [place for place, (_, parts) in enumerate(rows) if len(parts) > 1]
        numbers = {name: label for label, name in enumerate(names)}
        labels = [numbers[rows[place][1][0]] for place in kept]
        rows, test = [rows[place] for place in kept], test and [test[place] for place in kept]
    return Division(
        [entry for entry, _ in rows],
        np.array(labels, np.intp),
        tuple(names),
        None if test is None else np.array(test, bool),
        len(listing.pictures) - len(rows),
    )


def has_classes(listing: Listing) -> bool:
    """Whether the folders look like classes: there are several, and they hold most pictures."""
    found = divided(listing, by_folder=True)
    return len(found.classes) > 1 and 2 * found.left_out <= len(listing.pictures)


def natural(name: str) -> list[tuple[int, int, str]]:
    """Key that sorts numbers in names by their value, and letters without regard to case."""
    parts = re.split(r"([0-9]+)", name)
    found = [(0, int(part), "") if part.isdecimal() else (1, 0, part.casefold()) for part in parts if part]
    return [*found, (2, 0, name)]


_Row = tuple[Entry, tuple[str, ...]]


def _within(rows: list[_Row]) -> list[_Row]:
    """Without the folders at the beginning that all have in common."""
    while all(len(parts) > 1 and parts[0] == rows[0][1][0] for _, parts in rows):
        rows = [(entry, parts[1:]) for entry, parts in rows]
    return rows


class _Sorter:
    """Decides of each file whether it is a picture."""

    def __init__(self) -> None:
        self.pictures: list[Entry] = []
        self.others: Counter[str] = Counter()
        self.hidden = 0
        self.closed: list[str] = []

    def listing(self, place: Path) -> Listing:
        pictures = sorted(self.pictures, key=lambda entry: [natural(part) for part in entry.name.split("/")])
        others = sorted(self.others.items(), key=lambda each: (-each[1], each[0]))
        return Listing(place, tuple(pictures), tuple(others), self.hidden, tuple(sorted(self.closed)))


def _scanned(folder: Path, progress: Progress) -> Listing:
    """Links are followed; a folder is looked into once, however many links lead to it."""
    found = _Sorter()
    waiting, seen, looked = [("", folder)], set(), 0
    while waiting:
        below, place = waiting.pop()
        try:
            status = place.stat()
            if (status.st_dev, status.st_ino) in seen:
                continue
            seen.add((status.st_dev, status.st_ino))
            with os.scandir(place) as entries:
                for entry in entries:
                    looked += 1
                    if looked % 1000 == 0:
                        progress.report(0, 0, "Looking for pictures")
                    if looked > MOST_FILES:
                        raise DataError(
                            f"{folder} holds more than {MOST_FILES:,} files; choose a folder with fewer."
                        )
                    if deeper := _sorted_in(entry, below, found):
                        waiting.append(deeper)
        except OSError:
            found.closed.append(below or ".")
    if found.closed == ["."]:
        raise DataError(f"{folder} cannot be looked into; check its permissions, or choose another folder.")
    return found.listing(folder)


def _sorted_in(entry: os.DirEntry[str], below: str, found: _Sorter) -> tuple[str, Path] | None:
    """Count one entry of a folder; the folder that it is, if it is to be looked into."""
    name = f"{below}/{entry.name}" if below else entry.name
    if entry.name.startswith(".") or entry.name == "__MACOSX":
        found.hidden += 1
        return None
    try:
        if entry.is_dir():
            return name, Path(entry.path)
        status = entry.stat()
    except OSError:
        found.closed.append(name)
        return None
    ending = PurePosixPath(entry.name).suffix.casefold()
    if not stat.S_ISREG(status.st_mode) or not (
        ending in ENDINGS or (not ending and _begins_like_one(Path(entry.path)))
    ):
        found.others[ending] += 1
    else:
        found.pictures.append(Entry(name, status.st_size, status.st_mtime_ns))
    return None


def _begins_like_one(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(4).startswith(_MAGIC)
    except OSError:
        return False


@contextmanager
def _zip(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        archive = zipfile.ZipFile(path)
    except (OSError, zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise DataError(
            f"{path} is no whole zip file ({reason(error)}); bring it again, or unpack it and choose the folder."
        ) from error
    with archive:
        yield archive


def _members(path: Path) -> Listing:
    found = _Sorter()
    with _zip(path) as archive:
        for member in archive.infolist():
            parts = PurePosixPath(member.filename).parts
            if member.is_dir():
                continue
            if any(part.startswith(".") or part == "__MACOSX" for part in parts):
                found.hidden += 1
            elif (ending := PurePosixPath(member.filename).suffix.casefold()) in ENDINGS:
                found.pictures.append(Entry(member.filename, member.file_size, member.CRC))
            else:
                found.others[ending] += 1
    return found.listing(path)


def _unpacked(archive: zipfile.ZipFile, entry: Entry) -> BinaryIO:
    """Raises :class:`PictureFault`; never more bytes than the archive says, which are checked first."""
    if entry.size > MOST_MEMBER:
        raise PictureFault(f"has {entry.size:,} bytes", "unpack the zip file, and choose the folder")
    try:
        with archive.open(entry.name) as member:
            return BytesIO(member.read(entry.size + 1))
    except RuntimeError as error:
        raise PictureFault(
            "is locked with a password", "unpack the zip file, and choose the folder"
        ) from error
    except Exception as error:
        # Each way of packing has errors of its own, like zlib.error and lzma.LZMAError.
        raise PictureFault(f"cannot be unpacked ({reason(error)})", "bring the zip file again") from error


def _nothing(found: Listing) -> str:
    kind = "zip file" if found.place.is_file() else "folder"
    if found.others:
        but = f", only other files ({found.others_in_words})"
    elif found.closed:
        but = f" that can be reached: {found.closed[0]} cannot be looked into"
    else:
        but = f" but {found.hidden:,} hidden names" if found.hidden else ""
    return f"{found.place} holds no pictures{but}; choose a {kind} of {KINDS} files."


def title_of(place: Path) -> str:
    """What to call the pictures of a folder or a file: a file by its whole name, as its ending tells it from others."""
    return place.absolute().name or str(place)


def named(names: Sequence[str], most: int = 3) -> str:
    """The first few of ``names``, and how many more there are."""
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
