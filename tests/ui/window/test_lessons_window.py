"""Help › Experiments."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot

from saegui.app.lessons import NO_DATA
from saegui.core.config.lessons import LESSONS, Lesson
from saegui.core.config.variants import Variant
from saegui.core.files import paths
from saegui.ui.window.glossary_window import GlossaryWindow
from saegui.ui.window.main_window import MainWindow

PATIENCE = 60_000


class Short(Lesson):
    """A lesson that is trained in a moment, or for as long as somebody looks on."""

    epochs = 1

    def variants(self, dataset: str, inputs: int) -> list[Variant]:
        found = super().variants(dataset, inputs)
        return [
            each._replace(config=each.config.model_copy(update={"epochs": self.epochs})) for each in found
        ]


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, each in LESSONS.items():
        monkeypatch.setitem(
            LESSONS, name, Short(*(getattr(each, field) for field in each.__dataclass_fields__))
        )


def test_an_experiment_ends_with_its_runs_side_by_side_and_what_to_look_at(
    window: MainWindow, qtbot: QtBot
) -> None:
    window.actions_.by_name["experiments"].trigger()
    shown, services = window.experiments.open(), window.services
    assert [shown.list.item(row).text() for row in range(4)] == [each.title for each in LESSONS.values()]
    assert shown.look.isHidden() and "64 latents, 32 latents and 15 latents" not in shown.empty.text()
    shown.list.setCurrentRow(1)
    assert "64 latents, 32 latents and 15 latents" in shown.empty.text()
    assert "Built-in digits" in shown.data.text() and shown.again.isHidden()
    shown.train.click()
    assert shown.bar.isVisible() and shown.cancel.isVisible() and not shown.train.isEnabled()
    assert services.lessons.running is LESSONS["size"]
    qtbot.waitUntil(lambda: shown.view is not None, timeout=PATIENCE)
    assert shown.view is not None
    assert shown.look.text() == shown.lesson.look.replace("inputs", "images")
    assert [len(tiles.tiles()) for tiles in shown.view.tiles] == [64, 32, 15]
    sizes = {tile.size().toTuple() for tiles in shown.view.tiles for tile in tiles.tiles()}
    assert len(sizes) == 1
    for tiles in shown.view.tiles:
        assert all(tiles.rect().contains(tile) for tile in tiles.tiles())
    # Runs of the lesson are runs like others: one is open, the others are compared, all are listed.
    qtbot.waitUntil(lambda: not services.library.reading, timeout=PATIENCE)
    runs = [run for run in services.library.runs if "lesson-size" in str(run.path)]
    assert len(runs) == 3
    assert window.state.run is not None and window.state.run.config.n_latents == 64
    assert [each.config.n_latents for each in services.overlays.all if each.config] == [32, 15]
    found = services.lessons.trained(LESSONS["size"])
    assert found is not None
    part = next(run for run in runs if run.config.n_latents == 15)
    words = [label.text() for label in shown.view.findChildren(QLabel)]
    assert f"{part.metrics['dead']} of 15" in words
    assert (
        shown.view.tiles[2]
        .accessibleName()
        .startswith(f"Atoms of 15 latents: {15 - int(part.metrics['dead'])} of 15")
    )
    assert len(shown.view.plot.lines) == 3
    # Another column is opened, and a name of a metric leads to the glossary.
    next(
        each for each in shown.view.findChildren(QPushButton) if each.accessibleName() == "Open 15 latents"
    ).click()
    assert window.state.run.config.n_latents == 15
    shown.match.click()
    assert window.docks["compare"].panel.isVisible()
    other = services.comparison.other
    assert other is not None and other.run.config.n_latents == 32 and window.state.run.config.n_latents == 64
    link = next(each for each in shown.view.findChildren(QLabel) if each.text() == "L0")
    qtbot.mouseClick(link, Qt.MouseButton.LeftButton)
    (glossary,) = window.findChildren(GlossaryWindow)
    assert glossary.shown is not None and glossary.shown.name == "L0"
    glossary.close()
    shown.close()


def test_enter_trains_an_experiment_that_is_shown_only_on_its_own_button(
    window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown, lessons = window.experiments.open(), window.services.lessons
    shown.activateWindow()
    qtbot.waitUntil(shown.isActiveWindow, timeout=PATIENCE)
    qtbot.keyClick(shown.focusWidget(), Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: shown.view is not None, timeout=PATIENCE)
    started: list[object] = []
    monkeypatch.setattr(lessons, "start", started.append)
    assert shown.view is not None and shown.focusWidget() is not shown.train
    qtbot.keyClick(shown.focusWidget(), Qt.Key.Key_Return)
    # Once round with the keyboard: a button that has it is the one that Enter presses, and no other afterwards.
    for first in [*shown.view.findChildren(QPushButton), shown.train, shown.match]:
        for then in (shown.list, shown.look):
            first.setFocus()
            then.setFocus()
            assert shown.focusWidget() is then
            qtbot.keyClick(then, Qt.Key.Key_Return)
            assert not started, (first.text(), then)
    shown.train.setFocus()
    qtbot.keyClick(shown.train, Qt.Key.Key_Return)
    assert started == [shown.lesson]
    # One that is not trained yet is trained by Enter, again.
    shown.list.setCurrentRow(2)
    shown.list.setFocus()
    qtbot.keyClick(shown.list, Qt.Key.Key_Return)
    assert started[1:] == [shown.lesson]
    shown.close()


def test_a_cancelled_experiment_leaves_nothing_and_another_can_be_trained_and_opened_again(
    window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown, lessons = window.experiments.open(), window.services.lessons
    monkeypatch.setattr(Short, "epochs", 10_000)
    shown.train.click()
    with qtbot.waitSignal(lessons.progressed, timeout=PATIENCE):
        pass
    assert list(paths.runs_dir().glob("lesson-*"))
    window.state.notify("info", "Something else.")
    shown.cancel.click()
    qtbot.waitUntil(lambda: not window.services.jobs.running, timeout=PATIENCE)
    assert not list(paths.runs_dir().glob("lesson-*")) and lessons.running is None
    assert shown.train.isEnabled() and shown.view is None
    # By the name that its window has.
    said = [toast.sentence for toast in window.toasts.toasts]
    assert "The experiment was cancelled; its runs are removed." in said
    monkeypatch.setattr(Short, "epochs", 1)
    with qtbot.waitSignal(lessons.finished, timeout=PATIENCE):
        shown.train.click()
    shown._found.clear()
    shown._show()
    assert shown.view is None and shown.again.isVisible()
    with qtbot.waitSignal(lessons.finished, timeout=PATIENCE):
        shown.again.click()
    assert shown.view is not None
    # Whoever closes the window cancels what is trained.
    kept = list(paths.runs_dir().glob("lesson-*"))
    monkeypatch.setattr(Short, "epochs", 10_000)
    shown.train.click()
    with qtbot.waitSignal(lessons.progressed, timeout=PATIENCE):
        pass
    window.close()
    assert list(paths.runs_dir().glob("lesson-*")) == kept


def test_without_data_or_during_a_training_it_says_what_to_do(window: MainWindow) -> None:
    shown, state = window.experiments.open(), window.state
    state.set_phase("training")
    assert "Stop it first" in shown.data.text() and not shown.train.isEnabled()
    state.set_phase("idle")
    state.set_dataset(None)
    assert shown.data.text() == NO_DATA and not shown.train.isEnabled()
    window.services.lessons.start(LESSONS["dead"])
    assert window.services.lessons.running is None
    assert NO_DATA in [toast.sentence for toast in window.toasts.toasts]
    shown.close()
