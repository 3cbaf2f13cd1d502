"""The drawing while it is made: texts."""

from __future__ import annotations

from saegui.core.strokes import of_text
from saegui.ui.panels.draw.drawing_editor import DrawingEditor


def test_letters_that_are_typed_one_after_the_other_are_one_step_a_word(qapp: object) -> None:
    editor = DrawingEditor()
    typed = "so it"
    for end in range(1, len(typed) + 1):
        editor.show(of_text(typed[:end]))
    assert editor.undo_stack.count() == 2
    editor.undo()
    assert editor.drawing.text == "so "
    editor.redo()
    assert editor.drawing.text == typed
    editor.undo()
    editor.show(of_text("so a"))  # after an undo it is a step of its own, and what was undone is gone
    editor.show(of_text("another", "test text 3"))
    editor.undo()
    assert editor.drawing.text == "so a"
    editor.undo()
    editor.undo()
    assert editor.drawing.empty and not editor.undo_stack.canUndo()


def test_a_pen_on_a_text_starts_a_drawing_and_an_eraser_does_nothing(qapp: object) -> None:
    editor = DrawingEditor()
    editor.show(of_text("so"))
    editor.begin("eraser", (0.5, 0.5))
    editor.finish()
    assert editor.drawing.text == "so"
    editor.begin("pen", (0.5, 0.5))
    editor.finish()
    assert not editor.drawing.text and editor.drawing.strokes
