"""ErrorRelay: brings unexpected exceptions of every thread to the window."""

from __future__ import annotations

import sys
import threading
import traceback
from types import TracebackType

from PySide6.QtCore import QObject, Signal, Slot

from saegui.core.files import streams


class ErrorRelay(QObject):
    """Turns uncaught exceptions of every thread into one signal on the GUI thread."""

    raised = Signal(str, str)
    """(one sentence, traceback)"""

    def install(self) -> None:
        """Replace Python's hooks for uncaught exceptions; the traceback is still printed on stderr, where there is one."""
        self._previous = sys.excepthook, threading.excepthook
        sys.excepthook = self._hook
        threading.excepthook = self._thread_hook

    def uninstall(self) -> None:
        """Put Python's hooks back."""
        sys.excepthook, threading.excepthook = self._previous

    @Slot(object)
    def report(self, error: BaseException) -> None:
        """Show an exception that was caught in order to be shown."""
        self._hook(type(error), error, error.__traceback__)

    def _hook(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        text = "".join(traceback.format_exception(kind, error, trace))
        # Shown first: there may be no stderr, or one that cannot be written.
        self.raised.emit(f"Something went wrong inside saegui: {kind.__name__}: {error}", text)
        streams.write(text)

    def _thread_hook(self, args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None:
            self._hook(args.exc_type, args.exc_value, args.exc_traceback)
