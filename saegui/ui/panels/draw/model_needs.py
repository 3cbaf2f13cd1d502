"""What the canvas says where the model reads inputs of another shape than the drawing's."""

from __future__ import annotations

from collections.abc import Callable

from saegui.app.nouns import said, takes_pictures
from saegui.app.state import AppState
from saegui.core.arrays import input_in_words, inputs_in_words
from saegui.core.strokes import IMAGE_SHAPE
from saegui.ui.commands import Handler


def what_is_needed(state: AppState, problem: str) -> str:
    """Why the model cannot read what is on the canvas, and what to do; empty when it can.

    ``problem`` says why the images of the open run cannot be had, where that is so.
    """
    snapshot, drawing, dataset = state.snapshot, state.drawing, state.dataset
    if snapshot is None or state.readable:
        return ""
    if drawing.text:
        ours = "this is a text"
    elif drawing.picture is None:
        height, width = IMAGE_SHAPE
        ours = f"drawings are {height}×{width}"
    else:
        ours = f"this is {input_in_words(drawing.image.shape)}"
    if dataset is None or state.data_readable:
        remedy = said(state, "Load a test input to see what it does.")
    elif problem:
        # What takes the place of images that are not here says nothing about the model.
        remedy = problem
    else:
        has = f"The data set {dataset.title} has {inputs_in_words(dataset.shape)}"
        own = said(state, "load the model's own inputs")
        remedy = f"{has}: {own}."
    return f"This model reads {inputs_in_words(snapshot.shape)}; {ours}. {remedy}"


def drawing_handler(state: AppState, run: Callable[[], object]) -> Handler:
    """Of an action that is of use only where something can be drawn."""
    return Handler(
        run,
        enabled=lambda: takes_pictures(state),
        why=lambda: said(state, "The model that is shown reads no drawings: load a test input."),
        changed=(state.dataset_changed, state.snapshot_changed),
    )
