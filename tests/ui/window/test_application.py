"""Starting the program and ending it from the terminal."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path


def test_ctrl_c_in_the_terminal_closes_the_window(own_home: Path) -> None:
    script = """
from PySide6.QtCore import QTimer
from saegui.ui.window import application

make_window = application.make_window

def announced(**options):
    window = make_window(**options)
    QTimer.singleShot(0, lambda: print("up", flush=True))
    return window

application.make_window = announced
raise SystemExit(application.run())
"""
    process = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "up\n"
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (0, "")
