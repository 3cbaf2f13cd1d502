"""Entry point of ``saegui``, ``python -m saegui`` and ``main.py``."""

from __future__ import annotations

import errno
import faulthandler
import os
import sys
from collections.abc import Sequence

_BROKEN_OUTPUT = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status.

    0 done, 2 an error that the sentence on stderr explains, 130 ended by Ctrl+C (128 + the signal for other signals),
    141 when nobody reads the output any more.
    """
    from saegui.core import gc_pause
    from saegui.core.training.devices import share_with_numpy

    share_with_numpy()
    from saegui.core.files import streams

    gc_pause.pause()
    streams.repair()
    # A crash inside a library ends the process at once; this writes to stderr what each thread was doing. Who runs this
    # in a process of their own may have switched it on already.
    if not faulthandler.is_enabled():
        faulthandler.enable(2)
    from saegui.cli import main as run
    from saegui.core.errors import SaeguiError

    try:
        status = run(sys.argv[1:] if argv is None else argv)
        # What is left is written here, where a reader that is gone can be noticed.
        print(end="", flush=True)
    except SaeguiError as error:
        print(f"saegui: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("saegui: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # Python flushes once more at exit, which would complain.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for stream in (sys.stdout, sys.stderr):
            os.dup2(nowhere, stream.fileno())
        return 141
    except OSError as error:
        # Of a file saegui names, its own errors tell; this is a stdout on a disk that is full, or one that is broken.
        if error.errno not in _BROKEN_OUTPUT or error.filename is not None:
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        remedy = "send it" if error.errno in (errno.EBADF, errno.EIO) else "free some space, or send it"
        print(
            f"saegui: The output cannot be written ({error.strerror}); {remedy} elsewhere.",
            file=sys.stderr,
        )
        return 2
    finally:
        gc_pause.resume()
    return status


if __name__ == "__main__":
    raise SystemExit(main())
