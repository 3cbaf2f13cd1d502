"""What one input is called in the window, now, and how there comes to be one."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Slot

from saegui.app.state import AppState
from saegui.core.data import registry
from saegui.core.data.noun import IMAGE, Noun


def noun_of(state: AppState) -> Noun:
    """That of the data set which is shown, where the model reads it; else that of the model's own."""
    snapshot, dataset = state.snapshot, state.dataset
    if dataset is not None and state.data_readable:
        return dataset.noun
    return IMAGE if snapshot is None else registry.noun_of(snapshot.config.dataset, snapshot.shape)


def current(state: AppState) -> str:
    """What the input that is shown is called: a drawing where images are read, else a word, a row and so on."""
    noun = noun_of(state)
    return "drawing" if noun == IMAGE else noun.one


def said(state: AppState, text: str) -> str:
    """``text``, which speaks of inputs, in the window, where they have a name."""
    return noun_of(state).instead_of_input(text)


def other_shape(state: AppState, what: str) -> str:
    """Why ``what`` is not there while the data that is loaded is not what the shown model reads, and what to do."""
    many, title = noun_of(state).many, "the data" if state.dataset is None else state.dataset.title
    return (
        f"{what} needs {many} that the model can read; {title} has another shape. Select a latent: the panel Latent offers to load "
        f"the model's own {many}."
    )


def takes_pictures(state: AppState) -> bool:
    """Whether the shown model reads pictures, or what is made of them."""
    snapshot, dataset = state.snapshot, state.dataset
    if state.writes:
        return False
    made_of_pictures = dataset is not None and dataset.pictures is not None
    return snapshot is None or len(snapshot.shape) > 1 or made_of_pictures


def first_step(state: AppState) -> str:
    """What to do where there is no input yet: the beginning of a sentence."""
    if state.writes:
        return "Type a word or a sentence"
    return "Draw something" if takes_pictures(state) else f"Load a test {noun_of(state).one} (T)"


class Naming(QObject):
    """Calls ``name`` with the :class:`Noun`, at once and whenever it is another, as long as ``parent`` lives."""

    def __init__(self, state: AppState, name: Callable[[Noun], object], parent: QObject) -> None:
        super().__init__(parent)
        self._state, self._name = state, name
        self._noun: Noun | None = None
        state.dataset_changed.connect(self._look)
        state.snapshot_changed.connect(self._look)
        self._look()

    @Slot()
    def _look(self) -> None:
        noun = noun_of(self._state)
        if noun != self._noun:
            self._noun = noun
            self._name(noun)
