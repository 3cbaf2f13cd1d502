"""What the system says of a place that cannot take a file, and what to do then: one sentence for all that is written."""

from __future__ import annotations

import errno
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
