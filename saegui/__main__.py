"""Entry point of ``saegui``, ``python -m saegui`` and ``main.py``."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status.

    0 done, 2 an error that the sentence on stderr explains, 130 ended by Ctrl+C (128 + the signal for other signals),
    141 when nobody reads the output any more.
    """
    from saegui.cli import main as run
    from saegui.core.errors import SaeguiError

    for stream in (sys.stdout, sys.stderr):
        # A terminal that lacks a character shows a question mark, not a traceback; there may be no terminal at all.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        status = run(sys.argv[1:] if argv is None else argv)
        sys.stdout.flush()
    except SaeguiError as error:
        print(f"saegui: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("saegui: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # Python flushes once more at exit, which would complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    return status


if __name__ == "__main__":
    raise SystemExit(main())
