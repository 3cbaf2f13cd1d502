"""Everything that counts as a fault, wherever in the process it shows."""

from __future__ import annotations

import sys
import threading
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any

from PySide6.QtCore import QMessageLogContext, QObject, QtMsgType, Slot, qInstallMessageHandler

from saegui.ui.window.main_window import MainWindow

NOT_OURS = ("This plugin does not support ", "Mouse event ")
"""So begins what the offscreen platform says of what it cannot do (grab the mouse, raise a window, open a folder), and what Qt's
test library says of a pointer that is dragged out of a window."""


class Faults(QObject):
    """Collects faults. ``on_first`` is called once, at the first."""

    def __init__(self, on_first: Callable[[], None]) -> None:
        super().__init__()
        self._on_first = on_first
        self.found: list[str] = []

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Listen to every way in which Python and Qt report that something went wrong; the QApplication is made already."""
        hooks = sys.excepthook, threading.excepthook, sys.unraisablehook
        sys.excepthook, threading.excepthook, sys.unraisablehook = (
            self._exception,
            lambda args: self._exception(args.exc_type, args.exc_value, args.exc_traceback),
            self._unraisable,
        )
        handler = qInstallMessageHandler(self._qt_message)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("default")
                for library in ("torch", "torchvision"):
                    warnings.filterwarnings("ignore", category=DeprecationWarning, module=f"{library}.*")
                warnings.showwarning = self._warning
                yield
        finally:
            sys.excepthook, threading.excepthook, sys.unraisablehook = hooks
            qInstallMessageHandler(handler)

    def watch(self, window: MainWindow) -> None:
        """An internal error that a window shows is a fault."""
        window.services.errors.raised.connect(self._raised)

    def add(self, sentence: str) -> None:
        self.found.append(sentence)
        if len(self.found) == 1:
            self._on_first()

    def _exception(
        self, kind: type[BaseException], error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.add("exception: " + "".join(traceback.format_exception(kind, error, trace)))

    def _unraisable(self, args: Any) -> None:
        told = traceback.format_exception(args.exc_type, args.exc_value, args.exc_traceback)
        self.add(f"exception that nobody could handle, in {args.object!r}: {''.join(told)}")

    def _warning(
        self, message: Warning | str, category: type[Warning], filename: str, lineno: int, *_: object
    ) -> None:
        self.add(f"warning: {filename}:{lineno}: {category.__name__}: {message}")

    def _qt_message(self, kind: QtMsgType, context: QMessageLogContext, message: str) -> None:
        if not message.startswith(NOT_OURS):
            self.add(f"Qt says: {message}\n" + "".join(traceback.format_stack(limit=12)))

    @Slot(str, str)
    def _raised(self, sentence: str, trace: str) -> None:
        self.add(f"the window shows an internal error: {sentence}\n{trace}")
