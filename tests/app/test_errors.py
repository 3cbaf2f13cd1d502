"""ErrorRelay: an unexpected error is shown, whether or not it can be printed."""

from __future__ import annotations

import io
import sys
import threading

import pytest
from pytestqt.qtbot import QtBot

from saegui.app.errors import ErrorRelay


class Broken(io.StringIO):
    """A stderr whose terminal is gone."""

    def write(self, text: str) -> int:
        raise BrokenPipeError(32, "Broken pipe")


@pytest.mark.parametrize("stderr", [None, Broken()], ids=["none", "broken"])
def test_without_stderr_an_error_is_shown_all_the_same(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, stderr: io.StringIO | None
) -> None:
    relay = ErrorRelay()
    relay.install()
    try:
        with monkeypatch.context() as patch:
            patch.setattr(sys, "stderr", stderr)
            with qtbot.waitSignal(relay.raised, timeout=60_000) as heard:
                relay.report(ValueError("x"))
            assert heard.args[0].endswith("ValueError: x")
            with qtbot.waitSignal(relay.raised, timeout=60_000) as heard:
                thread = threading.Thread(target=lambda: [][1])
                thread.start()
                thread.join()
            assert "IndexError" in heard.args[0]
    finally:
        relay.uninstall()


def test_it_is_shown_before_it_is_printed(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    relay, order = ErrorRelay(), []
    relay.raised.connect(lambda *_: order.append("shown"))

    class Noting(io.StringIO):
        def write(self, text: str) -> int:
            order.append("printed")
            return len(text)

    monkeypatch.setattr(sys, "stderr", Noting())
    relay.report(ValueError("x"))
    assert order == ["shown", "printed"]
