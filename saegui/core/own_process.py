"""A module of saegui in a process of its own: for what could not be given up otherwise, or would leave this one slower or larger."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from typing import Any


def start(
    module: str, *arguments: str, environment: Mapping[str, str], **streams: Any
) -> subprocess.Popen[Any]:
    """Run ``module`` with a pipe to its standard input, by which it notices that this process has ended.

    It finds its modules where this one finds them, and not in the folder in which it happens to run. ``environment`` is added to this
    one's; ``streams`` are of :class:`subprocess.Popen`. Raises :class:`OSError` where no process can be started.
    """
    found = os.pathsep.join(folder for folder in sys.path if folder)
    return subprocess.Popen(
        [sys.executable, "-P", "-m", module, *arguments],
        stdin=subprocess.PIPE,
        env={**os.environ, **environment, "PYTHONPATH": found},
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        **streams,
    )
