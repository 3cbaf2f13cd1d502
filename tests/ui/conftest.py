"""The whole window, open and shown."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from pytestqt.qtbot import QtBot

from saegui.app.settings import ThemeName
from saegui.ui.window.application import make_application, make_window
from saegui.ui.window.main_window import MainWindow

TIMEOUT = 60_000


@pytest.fixture(autouse=True)
def own_qt_settings(tmp_path: Path) -> None:
    """What Qt itself remembers, such as the columns of its dialog of files: nothing of the user's is read or written.

    Where Qt keeps it in no file of its own, as on Windows, it cannot be moved.
    """
    format, scope = QSettings.Format.NativeFormat, QSettings.Scope.UserScope
    QSettings.setPath(format, scope, str(tmp_path / "qt"))


@pytest.fixture
def make_main_window(qtbot: QtBot, digits_cached: None) -> Iterator[object]:
    """Call it for a shown window; every one is closed at the end, its training stopped first."""
    made: list[MainWindow] = []

    def make(
        *,
        theme: ThemeName = "light",
        run: Path | None = None,
        data_dir: Path | None = None,
        size: tuple[int, int] = (1280, 800),
    ) -> MainWindow:
        make_application()
        window = make_window(run=run, data_dir=data_dir)
        made.append(window)
        window.theme.choose(theme)
        window.resize(*size)
        window.show()
        # Where no window manager does so.
        window.activateWindow()
        qtbot.waitUntil(lambda: window.state.dataset is not None, timeout=TIMEOUT)
        return window

    yield make
    for window in made:
        window.close()
        qtbot.waitUntil(lambda window=window: not window.isVisible(), timeout=TIMEOUT)  # type: ignore[misc]
        window.services.deleteLater()
        window.deleteLater()


@pytest.fixture
def window(make_main_window, small_run: Path) -> MainWindow:  # type: ignore[no-untyped-def]
    """The window with a small trained run open."""
    return make_main_window(run=small_run)  # type: ignore[no-any-return]
