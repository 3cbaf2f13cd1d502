"""Starting the program and ending it from the terminal."""

from __future__ import annotations

import gc
import signal
import subprocess
import sys
import weakref
from pathlib import Path

from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from saegui.ui.window import application


def test_ctrl_c_in_the_terminal_closes_the_window_and_nothing_of_it_is_left(own_home: Path) -> None:
    script = """
import gc
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from saegui.ui.window import application

make_window = application.make_window

def announced(**options):
    window = make_window(**options)
    QTimer.singleShot(0, lambda: print("up", flush=True))
    return window

application.make_window = announced
status = application.run()
# Whatever Python takes apart now is asked about nothing any more.
gc.collect()
QApplication.processEvents()
gc.collect()
raise SystemExit(status)
"""
    process = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "up\n"
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (0, "")


def test_a_window_that_nobody_holds_lives_until_it_is_deleted(qtbot: QtBot, digits_cached: None) -> None:
    application.make_application()
    window = application.make_window()
    seen = weakref.ref(window)
    window.show()
    window.close()
    del window
    gc.collect()
    QApplication.processEvents()
    left = seen()
    assert left is not None and isValid(left), "Qt asks its parts about events"
    application.delete(left)
    assert not isValid(left)
    del left
    gc.collect()
    assert seen() is None
