"""Events that mean something: actions of the table, dialogs, docks, themes, sizes, trainings, windows."""

from __future__ import annotations

from pathlib import Path
from random import Random

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit, QTabBar

from saegui.core.config.presets import PRESETS
from saegui.core.config.schema import RunConfig, make
from saegui.core.families.registry import FAMILIES
from saegui.ui.window.main_window import MainWindow
from tests.monkey import hands
from tests.monkey.deed import Deed
from tests.monkey.hands import LEFT, QUITS
from tests.monkey.stage import MOST_WINDOWS, Stage

SIZES = ((320, 240), (640, 480), (800, 600), (1024, 768), (1280, 800), (1440, 900), (2560, 1440))
PATIENCE = 12
"""Events that a dialog or a menu may stay open."""


def action(stage: Stage, random: Random) -> Deed:
    """An action of the table, where it can be used; not behind a dialog, where no person gets at it."""
    if stage.modal is not None or stage.popup is not None:
        return hands.key(stage, random)
    window = stage.window(random)
    actions = [
        action for name, action in window.actions_.by_name.items() if name != QUITS and action.isEnabled()
    ]
    chosen = random.choice(actions)
    return Deed(f"the action {chosen.objectName()}", chosen.trigger)


def answer(stage: Stage, random: Random) -> Deed:
    """What is open in front of the window is answered or closed: the watchdog, see :func:`overdue`."""
    if (dialog := stage.file_dialog) is not None:
        return _answer_file_dialog(stage, dialog, random)
    if (popup := stage.popup) is not None:
        return Deed(f"the menu {popup.objectName()!r} closes", popup.close)
    if (modal := stage.modal) is not None:
        reject = getattr(modal, "reject", modal.close)
        return Deed(f"the dialog “{modal.windowTitle()}” is closed", reject)
    return hands.key(stage, random)


def overdue(stage: Stage) -> bool:
    """Whether a menu or a dialog has been open for long enough. File dialogs are answered at once."""
    stage.modal_since = stage.modal_since + 1 if stage.modal is not None else 0
    stage.popup_since = stage.popup_since + 1 if stage.popup is not None else 0
    return stage.file_dialog is not None or max(stage.modal_since, stage.popup_since) > PATIENCE


def _answer_file_dialog(stage: Stage, dialog: QFileDialog, random: Random) -> Deed:
    """A path inside the session's own folder, sensible or not; one time in four it is closed."""
    paths = [
        *(
            stage.home / name
            for name in ("figure.png", "model.npz", "out/figure.svg", "settings.ini", "nothing")
        ),
        *stage.run_folders()[:3],
        stage.home,
    ]
    chosen: Path = random.choice(paths)
    if random.random() < 0.25:
        return Deed(f"the dialog “{dialog.windowTitle()}” is closed", dialog.reject)

    def do() -> None:
        # A child of Qt's own dialog: the platform's is switched off.
        edit = dialog.findChild(QLineEdit, "fileNameEdit")
        if edit is None:
            dialog.reject()
            return
        edit.setText(str(chosen))
        QTest.keyClick(edit, Qt.Key.Key_Return)
        if dialog.isVisible() and stage.modal is dialog:
            dialog.reject()

    return Deed(f"the dialog “{dialog.windowTitle()}” is answered with {chosen}", do)


def title(stage: Stage, random: Random) -> Deed:
    """A panel's title is dragged, double-clicked, or one of its buttons is used; or a tab is clicked."""
    if stage.modal is not None or stage.popup is not None:
        return hands.key(stage, random)
    window = stage.window(random)
    dock = window.docks[random.choice(sorted(window.docks))]
    if not dock.isVisible() or dock.bar.visibleRegion().isEmpty():
        return Deed(f"the panel {dock.panel.name} is opened or closed", dock.open_action.trigger)
    what = random.choice(("drag", "drag", "maximise", "close", "double", "tab", "hold"))
    bar = dock.bar
    if what == "maximise":
        return Deed(f"the panel {dock.panel.name} is maximised or brought back", bar.maximise.click)
    if what == "close":
        return Deed(f"the panel {dock.panel.name} is closed", bar.close_button.click)
    if what == "tab":
        return _tab(stage, window, random)
    top = bar.window()
    at = bar.mapTo(top, QPoint(30, bar.height() // 2))
    steps = [
        QPoint(random.randint(-900, 900), random.randint(-500, 500)) for _ in range(random.randint(1, 3))
    ]

    def do() -> None:
        hand = stage.hand
        if what == "double":
            hand.double_click(top, at)
            return
        hand.press(top, at, LEFT)
        hand.move(top, at + QPoint(12, 12))
        for step in steps:
            if hand.held is not None:
                hand.move(top, at + step)
        if what == "drag":
            hand.let_go(at + steps[-1])

    words = {"drag": "dragged", "double": "double-clicked", "hold": "dragged and held"}[what]
    return Deed(f"the title of {dock.panel.name} is {words}", do)


def _tab(stage: Stage, window: MainWindow, random: Random) -> Deed:
    bars = [bar for bar in window.findChildren(QTabBar) if bar.isVisible() and bar.count() > 1]
    if not bars:
        return hands.click(stage, random)
    bar = random.choice(bars)
    tab = random.randrange(bar.count())

    def do() -> None:
        stage.hand.click(bar.window(), bar.mapTo(bar.window(), bar.tabRect(tab).center()), LEFT)

    return Deed(f"the tab {tab} is clicked", do)


def size(stage: Stage, random: Random) -> Deed:
    """The window gets another size, or is minimised, maximised or restored."""
    window = stage.window(random)
    what = random.random()
    if what < 0.1:
        return Deed("the window is minimised", window.showMinimized)
    if what < 0.2:
        return Deed("the window fills the screen", window.showMaximized)
    width, height = random.choice(SIZES)

    def do() -> None:
        window.showNormal()
        window.resize(width, height)

    return Deed(f"the window has {width} × {height}", do)


def train(stage: Stage, random: Random) -> Deed:
    """A training begins, or what runs is paused, stepped, stopped or changed."""
    window = stage.window(random)
    if stage.modal is not None or stage.popup is not None:
        return hands.key(stage, random)
    if window.state.busy:
        if random.random() < 0.3:
            return hands.text(stage, random)
        name = random.choice(("pause", "train", "step", "step-epoch", "stop", "stop"))
    else:
        name = random.choice(("train", "train", "step", "train-new-run", "resume"))
    config = (
        small(random, random.choice((1, 2, 5, 40)))
        if not window.state.busy and random.random() < 0.8
        else None
    )

    def do() -> None:
        if config is not None:
            window.state.set_draft(config)
        window.actions_.by_name[name].trigger()

    words = f" with {config.arch}, F {config.n_latents}" if config is not None else ""
    return Deed(f"the training: {name}{words}", do)


def small(random: Random, epochs: int) -> RunConfig:
    """A training of a random kind that takes seconds."""
    preset = PRESETS[random.choice(sorted(PRESETS))].config
    values = {
        "dataset": "digits",
        "n_latents": random.choice((8, 16, 64)),
        "k": random.choice((1, 3, 5)),
        "epochs": epochs,
        "batch_size": random.choice((32, 64, 256)),
    }
    if random.random() < 0.5:
        values["arch"] = random.choice(sorted(FAMILIES))
    return make(values, preset)


def windows(stage: Stage, random: Random) -> Deed:
    """Another window is opened, or one is closed; one always stays, and where the last is closed another follows."""
    if stage.modal is not None or stage.popup is not None:
        return hands.key(stage, random)
    width, height = random.choice(SIZES)
    if len(stage.windows) < MOST_WINDOWS and random.random() < 0.5:
        return Deed("another window is opened", lambda: stage.open_window((width, height)))
    window = stage.window(random)

    def do() -> None:
        stage.hand.let_go()
        if window in stage.windows and stage.modal is None:
            stage.close_window(window)
        if not stage.windows:
            stage.open_window((width, height))

    return Deed("a window is closed", do)


def drop_picture(stage: Stage, random: Random) -> Deed:
    """A picture on the clipboard, to be pasted by another event."""
    from PySide6.QtGui import QColor, QImage

    image = QImage(random.choice((1, 8, 28, 300)), random.choice((1, 8, 28, 200)), QImage.Format.Format_RGB32)
    image.fill(QColor(random.randrange(256), random.randrange(256), random.randrange(256)))
    return Deed(
        f"a picture of {image.width()} × {image.height()} is copied",
        lambda: QApplication.clipboard().setImage(image),
    )
