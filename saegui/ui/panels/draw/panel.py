"""The draw panel: canvas, what the model sees of it, what it makes of that, and the tools."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from PySide6.QtCore import QMimeData, Qt, Slot
from PySide6.QtGui import (
    QAction,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QGuiApplication,
    QImage,
    QUndoStack,
)
from PySide6.QtWidgets import (
    QButtonGroup,
    QFileDialog,
    QMenu,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from saegui.app.jobs import Latest
from saegui.app.nouns import Naming, noun_of, said, takes_pictures
from saegui.app.services import Services
from saegui.core.analysis.contributions import contributions
from saegui.core.analysis.named_axes import axes_of
from saegui.core.arrays import full
from saegui.core.errors import StrokesError
from saegui.core.numbers import hundredths, latent_name
from saegui.core.strokes import Picture
from saegui.ui.commands import Handler, edit_menu
from saegui.ui.panels.draw import picture_files
from saegui.ui.panels.draw.code_shown import show_code
from saegui.ui.panels.draw.image_choice import ImageChoice
from saegui.ui.panels.draw.model_needs import drawing_handler, what_is_needed
from saegui.ui.panels.draw.stage import Stage
from saegui.ui.panels.draw.tools import SPECS, TOOLS, list_classes, name_inputs, tool_button
from saegui.ui.panels.draw.writing import DRAWING_TOOLS, Writing
from saegui.ui.panels.panel import Panel, Place
from saegui.ui.theme.icons import icon
from saegui.ui.theme.theme import Theme
from saegui.ui.theme.tokens import GAP, PAD
from saegui.ui.widgets.drops import dropped_files, is_picture_name, left_out
from saegui.ui.widgets.file_dialog import file_dialog
from saegui.ui.widgets.pictures import shades_of
from saegui.ui.widgets.text import class_words
from saegui.ui.widgets.titles import titled

NO_DATA = "There are no test inputs yet: load a data set first."


class DrawPanel(Panel):
    """Draw, and see at once what the model makes of it."""

    name = "draw"
    title = "Draw"
    help = "Draw, type or load an input: it is encoded at once."
    topics = ("drawing",)
    place = Place("right", 1, least=290, enough=370, height=0.5)
    figures = ("activation-pattern",)
    specs = edit_menu.DRAW
    first_focus = True

    def __init__(self, services: Services, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(services, theme, parent)
        self._choice = ImageChoice()
        self._reading = Latest(services.jobs, self)
        self._reading.done.connect(self._read_done)
        self._reading.failed.connect(self._not_read)
        self._read_title = ""
        self.stage = Stage(theme, self, services.undo)
        self.canvas = self.stage.canvas
        self.buttons: dict[str, QToolButton] = {}
        layout = QVBoxLayout(self)
        layout.setContentsMargins(PAD, GAP, PAD, GAP)
        layout.setSpacing(GAP)
        layout.addWidget(self.stage, 1)
        self._make_tools()
        self.writing = Writing(self, self.stage, [self.buttons[name] for name in DRAWING_TOOLS])
        self.setAcceptDrops(True)
        self._connect()
        self.retheme()
        Naming(self.state, partial(name_inputs, self.buttons), self)
        Naming(self.state, self.stage.name_inputs, self)
        self._list_classes()
        self._image_changed()
        # What was drawn before this panel existed cannot be undone here.
        self.undo_stack.clear()
        self._code_changed()

    def _make_tools(self) -> None:
        handlers = self.handlers()
        for group in TOOLS:
            for name in group:
                self.buttons[name] = tool_button(name, handlers[name].run)
        tools = QButtonGroup(self)
        for name in TOOLS[0]:
            self.buttons[name].setCheckable(True)
            tools.addButton(self.buttons[name])
        self.buttons["pen"].setChecked(True)
        self.menu = QMenu(self)
        self.menu.setToolTipsVisible(True)
        self.menu.triggered.connect(self._class_chosen)
        self.buttons["test-image"].setMenu(self.menu)
        self.buttons["test-image"].setPopupMode(QToolButton.ToolButtonPopupMode.MenuButtonPopup)
        self.buttons["test-image"].setStyleSheet(
            "QToolButton { padding-right: 14px; } QToolButton::menu-button { border: none; width: 14px; }"
        )
        self.stage.set_tools([[self.buttons[name] for name in group] for group in TOOLS])

    def _connect(self) -> None:
        self.canvas.strokes_changed.connect(self._send)
        self.canvas.tool_changed.connect(self._tool_changed)
        self.canvas.picture_rubbed.connect(self._picture_rubbed)
        stack = self.undo_stack
        for signal in (
            stack.canUndoChanged,
            stack.canRedoChanged,
            stack.undoTextChanged,
            stack.redoTextChanged,
        ):
            signal.connect(self._refresh)
        self.state.image_changed.connect(self._image_changed)
        self.state.snapshot_changed.connect(self._show_shape)
        self.state.code_changed.connect(self._code_changed)
        self.services.steering.changed.connect(self._code_changed)
        self.services.mean_input.changed.connect(self._code_changed)
        self.state.hover_changed.connect(self._show_contribution)
        self.state.dataset_changed.connect(self._list_classes)
        self.state.dataset_changed.connect(self._show_shape)

    # -- what the actions do --------------------------------------------------------------------------

    def kept_clear(self) -> Sequence[QWidget]:
        return (self.canvas,)

    def handlers(self) -> Mapping[str, Handler]:
        state, stack = self.state, self.undo_stack
        drawing = partial(drawing_handler, state)
        return {
            "undo": Handler(
                self.undo,
                enabled=lambda: self.can_undo,
                title=lambda: f"Undo {stack.undoText()}".rstrip(),
                changed=(stack.canUndoChanged, stack.undoTextChanged, state.image_changed),
            ),
            "redo": Handler(
                self.redo,
                enabled=lambda: self.can_redo,
                title=lambda: f"Redo {stack.redoText()}".rstrip(),
                changed=(stack.canRedoChanged, stack.redoTextChanged),
            ),
            "clear": Handler(
                self.clear,
                enabled=lambda: state.has_image,
                why=lambda: "Nothing is drawn that could be cleared.",
                changed=(state.image_changed,),
            ),
            "pen": drawing(self.use_pen),
            "eraser": drawing(self.use_eraser),
            "test-image": Handler(
                self._test_image_clicked,
                enabled=lambda: state.dataset is not None,
                why=lambda: said(state, NO_DATA),
                changed=(state.dataset_changed,),
            ),
            "paste": Handler(self.paste),
            "open-picture": drawing(self.ask_picture),
        }

    @property
    def undo_stack(self) -> QUndoStack:
        """What can be undone, in whichever panel it was done."""
        return self.canvas.undo_stack

    @property
    def can_undo(self) -> bool:
        """Whether :meth:`undo` does anything."""
        return self.undo_stack.canUndo() or self.canvas.under_way

    @property
    def can_redo(self) -> bool:
        """Whether :meth:`redo` does anything."""
        return self.undo_stack.canRedo()

    @Slot()
    def undo(self) -> None:
        """Take back what the user did last; while the pen is down, its stroke."""
        self.canvas.undo()

    @Slot()
    def redo(self) -> None:
        """Make it again."""
        self.canvas.redo()

    @Slot()
    def clear(self) -> None:
        """Blank paper."""
        self.canvas.clear()

    @Slot()
    def use_pen(self) -> None:
        """The left button draws."""
        self.canvas.use("pen")

    @Slot()
    def use_eraser(self) -> None:
        """The left button erases."""
        self.canvas.use("eraser")

    def load_test_image(self, label: int | None = None, *, following: bool = False) -> None:
        """Show a test image of class ``label``, or of any: by chance, or the one ``following`` the last one."""
        dataset = self.state.dataset
        if dataset is None:
            self.state.notify("warn", said(self.state, NO_DATA), "drawing")
            return
        labels = dataset.test_labels
        found = np.arange(len(labels)) if label is None else np.flatnonzero(labels == label)
        if not len(found):
            many = f"test {dataset.noun.many}"
            what = many if label is None else f"{many} of class {dataset.classes[label]}"
            self.state.notify("warn", f"{dataset.title} has no {what}: choose another class.", "drawing")
            return
        index = self._choice.next_of(found.tolist(), following=following)
        title = f"test {dataset.noun.one} {index}"
        if dataset.has_labels:
            title += f" · {class_words(dataset.classes[int(labels[index])])}"
        self.state.show_input("test", index, title)

    @Slot()
    def paste(self) -> None:
        """Show the picture on the clipboard."""
        if not self._take(QGuiApplication.clipboard().mimeData()):
            self.state.notify("info", "There is no picture on the clipboard: copy one first.", "drawing")

    @Slot()
    def ask_picture(self) -> None:
        """Ask for a picture file to show."""
        dialog = file_dialog(self, titled("Open picture", self))
        dialog.setNameFilter(picture_files.FILTER)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(self.open_picture)
        dialog.open()

    @Slot(str)
    def open_picture(self, path: Path | str) -> None:
        """Show a picture file, read in the background; if it holds no picture, a message says why and nothing changes."""
        path = Path(path)
        self._read(f"picture {path.name}", lambda: picture_files.from_file(path))

    # -- pictures -------------------------------------------------------------------------------------

    def _take(self, data: QMimeData | None) -> bool:
        """Show what was pasted or dropped; False when that is no picture."""
        if data is None:
            return False
        if data.hasImage():
            image = QImage(data.imageData())
            if not image.isNull():
                self._read("pasted picture", lambda: picture_files.from_image(image))
                return True
        files = dropped_files(data)
        if files:
            self.open_picture(files[0])
            for note in left_out(files):
                self.state.notify("info", note, "drawing")
        return bool(files)

    def _read(self, title: str, work: Callable[[], Picture]) -> None:
        self._read_title = title
        self._reading.start(f"Reading {title}", lambda progress: work())

    @Slot(object)
    def _not_read(self, error: Exception) -> None:
        self.state.fail(error, "drawing")

    @Slot(object)
    def _read_done(self, read: Picture) -> None:
        self.state.set_image(read.image, self._read_title)
        ink, paper = ("dark", "light") if read.inverted else ("bright", "dark")
        self.state.notify(
            "info",
            f"The {self._read_title} is on the canvas. Its border is {paper}, so its {ink} parts became the strokes.",
            "drawing",
        )

    @Slot()
    def _test_image_clicked(self) -> None:
        self.load_test_image(following=_shift())

    @Slot(QAction)
    def _class_chosen(self, action: QAction) -> None:
        self.load_test_image(action.data(), following=_shift())

    @Slot()
    def _list_classes(self) -> None:
        dataset = self.state.dataset
        self.buttons["test-image"].setEnabled(dataset is not None)
        noun = noun_of(self.state)
        list_classes(self.menu, dataset.classes if dataset is not None and dataset.has_labels else (), noun)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        data = event.mimeData()
        files = dropped_files(data)
        if files and not (is_picture_name(files[0]) and takes_pictures(self.state)):
            # The window takes it: it is a run, or data.
            event.ignore()
        elif data.hasImage() or files:
            event.acceptProposedAction()
            self.canvas.set_drop_target(True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self.canvas.set_drop_target(False)

    def dropEvent(self, event: QDropEvent) -> None:
        self.canvas.set_drop_target(False)
        if self._take(event.mimeData()):
            event.acceptProposedAction()

    # -- the canvas and the state agree ---------------------------------------------------------------

    @Slot()
    def _send(self) -> None:
        """The canvas changed: encode its drawing, unless the state has it already."""
        drawing = self.canvas.drawing
        if drawing is self.state.drawing:
            return
        try:
            self.state.set_drawing(drawing)
        except StrokesError as error:
            self.state.notify("bad", str(error), "drawing")

    @Slot()
    def _image_changed(self) -> None:
        """The state has another drawing: show it as a step that can be undone, unless it came from the canvas."""
        if self.state.drawing is not self.canvas.drawing:
            self.canvas.show_drawing(self.state.drawing)
        self._show_shape()
        self.stage.ink.show_ink(float(self.state.image.sum(dtype=np.float64)) / full(self.state.image))
        self._refresh()

    @Slot()
    def _show_shape(self) -> None:
        """What the model is given of the image, and a sentence where it cannot read it."""
        snapshot, given, sees = self.state.snapshot, self.state.model_input, self.stage.sees
        shades = shades_of(snapshot)
        self.stage.set_shape(snapshot.shape if snapshot is not None else self.state.image.shape, shades)
        axes = axes_of(self.state.dataset, (self.state.image if given is None else given).shape)
        self.canvas.set_shades(shades, axes)
        if given is not None and (sees.values is not given or sees.axes != axes):
            sees.show_ink(given, shades, axes)
        elif given is None and sees.values is not None:
            sees.clear()
        self.canvas.set_message(what_is_needed(self.state, self.services.data.problem_of_run))
        self.writing.refresh()

    @Slot()
    def _code_changed(self) -> None:
        show_code(self.stage, self.services)
        self._show_contribution()

    @Slot()
    def _show_contribution(self) -> None:
        """What the latent under the pointer adds to the reconstruction, over the drawing."""
        latent, code, snapshot = self.state.hovered, self.services.steering.shown, self.state.snapshot
        if latent is None or code is None or snapshot is None or not code.z[latent]:
            self.canvas.set_contribution(None)
            return
        value = float(code.z[latent])
        added = contributions(snapshot, code.z, [latent])[0]
        self.canvas.set_contribution(added, f"{latent_name(latent)} adds {hundredths(value)} × decoder")

    @Slot()
    def _picture_rubbed(self) -> None:
        self.state.notify(
            "info",
            "A picture cannot be erased: draw over it to start a new drawing, or clear it.",
            "drawing",
        )

    @Slot()
    def _tool_changed(self) -> None:
        self.buttons[self.canvas.tool].setChecked(True)

    @Slot()
    def _refresh(self) -> None:
        stack = self.undo_stack
        for name, can, text in (
            ("undo", self.can_undo, stack.undoText()),
            ("redo", self.can_redo, stack.redoText()),
        ):
            title = f"{SPECS[name].title} {text}".rstrip()
            if title != self.buttons[name].accessibleName():
                self.buttons[name].setAccessibleName(title)
                self.buttons[name].setToolTip(f"{title}  ({SPECS[name].shortcut})")
            self.buttons[name].setEnabled(can)
        self.buttons["clear"].setEnabled(self.state.has_image)

    @Slot()
    def retheme(self) -> None:
        for name, button in self.buttons.items():
            button.setIcon(icon(SPECS[name].icon, self.theme.tokens))
        self.update()


def _shift() -> bool:
    return bool(QGuiApplication.keyboardModifiers() & Qt.KeyboardModifier.ShiftModifier)
