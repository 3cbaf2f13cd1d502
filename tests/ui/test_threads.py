"""What must not happen outside the GUI thread."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

TOUR = """
import sys
import threading

gui = threading.get_ident()
elsewhere = []

class Recorder:
    def find_spec(self, name, path=None, target=None):
        if threading.get_ident() != gui:
            elsewhere.append(name)

sys.meta_path.insert(0, Recorder())

from saegui.ui.demo import tour

tour.DIGITS_EPOCHS = 1
status = tour.run(__import__("pathlib").Path("out"), None, True)

from PySide6.QtCore import QObject

def defines_qt_classes(name):
    own = vars(sys.modules[name]).values() if name in sys.modules else ()
    return name.split(".")[0] in ("PySide6", "shiboken6") or any(
        issubclass(type(value), type(QObject)) and value.__module__ == name for value in own
    )

print("background:", len(elsewhere))
print("qt:", *filter(defines_qt_classes, elsewhere))
sys.exit(status)
"""


def test_qt_classes_are_made_on_the_gui_thread_alone(tmp_path: Path) -> None:
    """Qt asks PySide for a widget's class without Python's lock; a class made elsewhere meanwhile crashes both."""
    done = subprocess.run(
        [sys.executable, "-c", TOUR],
        cwd=tmp_path,
        env={**os.environ, "SAEGUI_HOME": str(tmp_path), "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    imported, qt = done.stdout.splitlines()[-2:]
    assert int(imported.removeprefix("background: ")) > 100
    assert qt == "qt:"
