"""What one input is called in the window, now."""

from __future__ import annotations

from saegui.app.state import AppState
from saegui.core.data import registry
from saegui.core.data.noun import IMAGE, Noun


def noun_of(state: AppState) -> Noun:
    """That of the data set which is shown, where the model reads it; else that of the model's own."""
    snapshot, dataset = state.snapshot, state.dataset
    if dataset is not None and state.data_readable:
        return dataset.noun
    return IMAGE if snapshot is None else registry.noun_of(snapshot.config.dataset, snapshot.shape)
