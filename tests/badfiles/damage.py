"""Ways in which a file can be damaged, or be no file at all; all with harmless content and the same at every run."""

from __future__ import annotations

import os
import random
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

Change = Callable[[bytes], bytes]


@dataclass(frozen=True)
class Damage:
    """One way; :meth:`apply` does it to a good file."""

    name: str
    change: Change | None = None
    """The bytes that the file has then."""
    odd: str = ""
    """What stands in place of the file: a key of :data:`ODD`."""
    may_mean_something: bool = False
    """Whether the file can still be a good one, as after a change of one bit of a number."""
    huge: bool = False
    """Whether it claims to hold gigabytes."""

    def apply(self, path: Path) -> None:
        """Damage the file ``path``."""
        if self.change is not None:
            path.write_bytes(self.change(path.read_bytes()))
            return
        path.unlink()
        ODD[self.odd](path)


ODD: dict[str, Callable[[Path], None]] = {
    "folder": Path.mkdir,
    "pipe": os.mkfifo,
    "endless device": lambda path: path.symlink_to("/dev/zero"),
    "empty device": lambda path: path.symlink_to("/dev/null"),
    "dangling link": lambda path: path.symlink_to("nowhere"),
    "link to itself": lambda path: path.symlink_to(path.name),
    # A file by all signs, of which nothing can be read; also for root, to whom every other file is readable.
    "unreadable": lambda path: path.symlink_to("/proc/self/mem"),
    "missing": lambda path: None,
}


def everywhere() -> Iterator[Damage]:
    """What can happen to a file of any kind."""
    yield from (Damage(odd, odd=odd) for odd in ODD)
    yield Damage("empty", lambda content: b"")
    yield Damage("one byte", lambda content: content[:1])
    yield Damage("zeros", lambda content: bytes(len(content)))
    yield Damage("text", lambda content: b"This is a text, and nothing else.\n")
    yield Damage("page of a portal", lambda content: b"<!DOCTYPE html><html><body>Sign in</body></html>")
    yield Damage("first half", lambda content: content[: len(content) // 2])
    yield Damage("last byte missing", lambda content: content[:-1])
    yield Damage("first byte missing", lambda content: content[1:])
    yield Damage("junk at the end", lambda content: content + b"<html>junk", may_mean_something=True)


def flipped(seeds: Iterable[int]) -> Iterator[Damage]:
    """One bit differs, at a place that the seed decides."""

    def flip(content: bytes, seed: int) -> bytes:
        chance = random.Random(seed)
        changed = bytearray(content)
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
        return bytes(changed)

    for seed in seeds:
        yield Damage(f"bit {seed}", lambda content, seed=seed: flip(content, seed), may_mean_something=True)


def cuts(places: Iterable[int]) -> Iterator[Damage]:
    """Cut after so many bytes: at the edges of the file's parts."""
    for place in places:
        yield Damage(f"cut at {place}", lambda content, place=place: content[:place])


def listing(folder: Path) -> dict[str, object]:
    """Every name in and below ``folder`` with what it is: equal before and after nothing was changed."""
    found: dict[str, object] = {}
    for path in sorted(folder.rglob("*")):
        if path.is_symlink():
            found[str(path.relative_to(folder))] = f"link to {path.readlink()}"
        elif path.is_file():
            found[str(path.relative_to(folder))] = zlib.crc32(path.read_bytes())
        else:
            found[str(path.relative_to(folder))] = oct(path.lstat().st_mode)
    return found
