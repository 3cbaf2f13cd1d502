"""The process in which kernels are compiled: see :mod:`.elsewhere`, which writes a line for each, and reads a line when it is kept."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from importlib import import_module

from saegui.core.training.kernels import elsewhere


def main(idle: float) -> None:
    """Compile what is asked, until nobody has asked for ``idle`` seconds, or nobody is there any more."""
    elsewhere.stay_here()
    # Control and C are pressed for all processes of a terminal; the other one ends this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while True:
        end = threading.Timer(idle, os._exit, (0,))
        end.daemon = True
        end.start()
        line = sys.stdin.readline()
        end.cancel()
        if not line:
            return
        module, name, told = json.loads(line)
        getattr(import_module(module), name).compile(tuple(map(elsewhere.type_of, told)))
        sys.stdout.write(elsewhere.DONE)
        sys.stdout.flush()


if __name__ == "__main__":
    main(float(sys.argv[1]))
