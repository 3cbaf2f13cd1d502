"""A real screen reader's view of the window: over the accessibility bus, on an X server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.x_server import running

SYSTEM = "/usr/bin/python3"
"""It has Debian's ``gi``."""
READER = Path(__file__).with_name("screen_reader.py")


@pytest.mark.slow
def test_a_screen_reader_is_told_every_control_the_focus_and_what_a_training_does(
    small_run: Path, digits_cached: None
) -> None:
    bound = subprocess.run(
        [SYSTEM, "-c", "from gi.repository import Atspi"], capture_output=True, check=False
    )
    if bound.returncode:
        pytest.skip("gir1.2-atspi-2.0 or python3-gi is not installed")
    session = ["dbus-run-session", "--", SYSTEM, str(READER), "Tab,Tab,Tab,ctrl+Return", "Ready"]
    with running("-screen", "0", "1440x900x24", needs=("dbus-run-session", "xdotool")) as display:
        done = subprocess.run(
            [*session, sys.executable, "-m", "saegui", str(small_run)],
            cwd=Path(__file__).parents[3],
            env={
                **os.environ,
                "DISPLAY": display,
                "QT_QPA_PLATFORM": "xcb",
                "QT_LINUX_ACCESSIBILITY_ALWAYS_ON": "1",
            },
            capture_output=True,
            text=True,
            check=False,
            timeout=240,
        )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert len(told["controls"]) > 60
    assert [
        control for control in told["controls"] if not control[1] or control[0] in ("unknown", "filler")
    ] == []
    assert len(set(told["focused"])) >= 3
    said = told["announced"]
    assert said.index("Training") < len(said) - 1 - said[::-1].index("Ready")
