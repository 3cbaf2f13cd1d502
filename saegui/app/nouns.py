"""What one input is called in the window, now."""

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
