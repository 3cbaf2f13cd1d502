"""For screen readers: names, roles and values of the window, and what has just happened."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QAccessibleEvent, QAccessibleInterface
from PySide6.QtWidgets import QApplication, QComboBox, QLabel, QWidget
from pytestqt.qtbot import QtBot

from saegui.ui.panels.active.panel import ActivePanel
from saegui.ui.panels.curves.panel import CurvesPanel
from saegui.ui.panels.draw.panel import DrawPanel
from saegui.ui.panels.features.panel import FeaturesPanel
from saegui.ui.panels.train.panel import TrainPanel
from saegui.ui.window.main_window import MainWindow
from tests.ui.window.by_hand import QUICK, TIMEOUT, draw, train

Role, Text = QAccessible.Role, QAccessible.Text
VAGUE = (Role.NoRole, Role.Client)


def parts(interface: QAccessibleInterface) -> Iterator[QAccessibleInterface]:
    """Everything in sight below ``interface``, itself included."""
    if not interface.state().invisible:
        yield interface
        for place in range(interface.childCount()):
            child = interface.child(place)
            if child is not None and child.isValid():
                yield from parts(child)


def described(interface: QAccessibleInterface) -> str:
    thing = interface.object()
    return f"{type(thing).__name__} {thing.objectName() if thing is not None else ''} {interface.role()}"


def named(interface: QAccessibleInterface) -> bool:
    widget = interface.object()
    if isinstance(widget, QComboBox):
        # On Linux the text that is chosen stands for its name, and the name is that of its label.
        labels = widget.parentWidget().findChildren(QLabel)
        return bool(widget.accessibleName()) and any(label.buddy() is widget for label in labels)
    return bool(interface.text(Text.Name).strip())


def test_everything_that_takes_the_keyboard_has_a_name_and_says_what_it_is(
    window: MainWindow, qtbot: QtBot
) -> None:
    qtbot.waitUntil(lambda: window.panel(CurvesPanel).grid is not None, timeout=TIMEOUT)
    draw(window, [(0.3, 0.2), (0.7, 0.2)])
    window.state.select(3)
    window.state.notify("bad", "A problem.")
    window.toasts.toasts[-1].add_button("Undo", lambda: None)
    window.panel(TrainPanel).form.show_more(True)
    window.palette_box.open()
    seen: set[QWidget] = set()
    wrong = []
    for front in ("runs", "density", "curves", "map", "features"):
        window.docks[front].raise_()
        QApplication.processEvents()
        # The rest of the window is the same whichever panel is in front.
        looked_at = window.docks[front] if seen else window
        for interface in parts(QAccessible.queryAccessibleInterface(looked_at)):
            seen.add(interface.object())  # type: ignore[arg-type]
            if interface.state().focusable and (not named(interface) or interface.role() in VAGUE):
                wrong.append(described(interface))
    assert wrong == []
    missed = [
        widget
        for widget in window.findChildren(QWidget)
        if widget.focusPolicy() != widget.focusPolicy().NoFocus
        and not widget.visibleRegion().isEmpty()
        and widget.focusProxy() is None
        and widget not in seen
        # The field inside a spin box, a combo box: one control with it.
        and not widget.objectName().startswith("qt_")
    ]
    # Qt lists the menus of a menu bar and not the button in its corner, which speaks when it has the keyboard.
    assert missed == [window.run_button]
    corner = QAccessible.queryAccessibleInterface(window.run_button)
    assert corner.role() == Role.ButtonMenu and "small run" in corner.text(Text.Name)


def test_what_paints_itself_says_what_it_is_and_what_it_shows(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: window.panel(CurvesPanel).grid is not None, timeout=TIMEOUT)
    draw(window, [(0.3, 0.2), (0.7, 0.2)])
    window.state.select(int(window.state.code.active[0]))  # type: ignore[union-attr]
    curves, drawing = window.panel(CurvesPanel).grid, window.panel(DrawPanel)
    for widget, role in (
        (drawing.canvas, Role.Canvas),
        (drawing.stage.l0, Role.StaticText),
        (window.panel(FeaturesPanel).grid, Role.List),
        (window.panel(ActivePanel).list, Role.List),
        (curves, Role.Chart),
        (window.panel(FeaturesPanel).shows.button("decoder"), Role.CheckBox),
        (drawing.buttons["pen"], Role.CheckBox),
    ):
        interface = QAccessible.queryAccessibleInterface(widget)
        assert interface.role() == role and interface.text(Text.Name)
    assert drawing.stage.l0.text in QAccessible.queryAccessibleInterface(drawing.stage.l0).text(Text.Name)
    assert drawing.buttons["undo"].accessibleName() == "Undo stroke"
    tiles = QAccessible.queryAccessibleInterface(window.panel(FeaturesPanel).grid)
    assert str(window.state.selected) in tiles.text(Text.Description)
    phase = QAccessible.queryAccessibleInterface(window.statusBar().phase)  # type: ignore[attr-defined]
    assert phase.text(Text.Name) == "Ready"


def test_what_happens_is_announced(window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[tuple[str, bool]] = []

    def heard(event: QAccessibleEvent) -> None:
        if isinstance(event, QAccessibleAnnouncementEvent):
            urgent = event.politeness() == QAccessible.AnnouncementPoliteness.Assertive
            said.append((event.message(), urgent))

    monkeypatch.setattr(QAccessible, "updateAccessibility", heard)
    window.state.notify("bad", "A problem.")
    assert said == [("Problem: A problem.", True)]
    train(window, {**QUICK, "epochs": 5000}, qtbot)
    window.services.training.stop()
    qtbot.waitUntil(lambda: not window.state.busy, timeout=TIMEOUT)
    words = [sentence for sentence, urgent in said if not urgent]
    phases = [word for word in words if word in ("Training", "Ready") or word.startswith(("Prep", "Stop"))]
    assert phases[0].startswith("Prep") and phases[-1] == "Ready" and "Training" in phases
    assert len(words) < 12, "no flood"
