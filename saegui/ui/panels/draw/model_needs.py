"""What the canvas says where the model reads inputs of another shape than the drawing's."""

from __future__ import annotations

from saegui.app.state import AppState
from saegui.core.arrays import input_in_words, inputs_in_words
from saegui.core.strokes import IMAGE_SHAPE


def what_is_needed(state: AppState) -> str:
    """Why the model cannot read what is on the canvas, and what to do; empty when it can."""
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
        remedy = "Load a test image to see what it does."
    else:
        remedy = f"{dataset.title} has {inputs_in_words(dataset.shape)}: load the model's own images."
    return f"This model reads {inputs_in_words(snapshot.shape)}; {ours}. {remedy}"
