"""What the system says of a place that cannot take a file, and what to do then: one sentence for all that is written."""

from __future__ import annotations

import errno
from collections.abc import Sequence
from pathlib import Path

from saegui.core.errors import reason

NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})
"""The disk is full, or the user's part of it: removing something makes room."""
_REMEDIES = {
    **dict.fromkeys((*NO_ROOM, errno.EFBIG), "free some space"),
    errno.EROFS: "make its disk writable again",
    errno.ENOENT: "bring its folder back",
    errno.ENOTDIR: "move the file in its way",
    errno.ESTALE: "connect the network drive again",
    errno.ETIMEDOUT: "connect the network drive again",
    errno.EHOSTDOWN: "connect the network drive again",
    errno.EIO: "check the disk",
    errno.ENODEV: "connect the disk again",
    errno.ENXIO: "connect the disk again",
    errno.EACCES: "check its permissions",
    errno.EPERM: "check its permissions",
}


def remedy(error: OSError) -> str:
    """What the user can do about ``error`` where it happened, such as ``free some space``; empty where that is not known."""
    return _REMEDIES.get(error.errno or 0, "")


def unwritable(path: Path, error: OSError) -> str:
    """Why ``path`` cannot be written, and what to do."""
    return f"{path} cannot be written ({reason(error)}); {' or '.join(filter(None, (remedy(error), 'choose another folder')))}."


def wrong_ending(path: Path, suffixes: Sequence[str], what: str = "", *, needed: bool = False) -> str:
    """The sentence for a file whose name ends otherwise than its content, in one of ``suffixes`` such as ``.npz``; else empty.

    ``what``: what is written there, such as ``in the format npz``. ``needed``: whether a name without an ending is refused, too.
    """
    if path.suffix.lower() in suffixes or not (needed or path.suffix):
        return ""
    *first, last = suffixes
    endings = f"{', '.join(first)} or {last}" if first else last
    return f"{path} cannot be written{f' {what}' if what else ''}: end its name in {endings}."
