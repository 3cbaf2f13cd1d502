"""The window *Data sets*: every data set with what is known of it, and files and folders of the user's own that are added."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path

from PySide6.QtCore import Slot
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QDialog, QFileDialog, QWidget

from saegui.app.services import Services
from saegui.core import data
from saegui.core.data import Dataset, registry
from saegui.core.data.added import Added
from saegui.core.data.adding import Inspected
from saegui.core.data.facts import Facts, facts, merged
from saegui.core.data.options import Option, checked
from saegui.core.data.source import Preview
from saegui.ui.theme.theme import Theme
from saegui.ui.widgets.drops import dropped_files, left_out
from saegui.ui.widgets.file_dialog import file_dialog
from saegui.ui.widgets.titles import titled
from saegui.ui.window.data_card import ROW, DataCard
from saegui.ui.window.data_layout import button, lay_out, progress_bar
from saegui.ui.window.data_list import DataList, entries


class DataWindow(QDialog):
    """A list on the left, the chosen data set on the right. It stays open beside the main window."""

    def __init__(self, services: Services, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(titled("Data sets", parent))
        self._services, self._added = services, services.added
        self._path: Path | None = None
        """The file or folder that is listed and not added yet."""
        self._notes: tuple[str, ...] = ()
        """What is said beside what is known of it."""
        self._changing: Added | None = None
        """The data set whose options are changed: what is shown takes its place."""
        self._shown: str | None = None
        """:attr:`name` as it was when the card was filled."""
        self._here: dict[str, bool] = {}
        """Whether each data set needs no network, found out when the list is filled: files are looked at for that."""
        self._found: Inspected | None = None
        self._known: Facts = ()
        """What is shown of the data set or file without other options than its own."""
        self.setAcceptDrops(True)
        self.list = DataList(theme)
        self.card = DataCard(theme)
        self.progress = progress_bar()
        self.file = button(
            "Add file…", "Use a file of yours: an array, a table, a text, a network", self.ask_file
        )
        self.folder = button(
            "Add folder…", "Use a folder of yours: pictures, cached activations", self.ask_folder
        )
        self.use = button("Use for the next training", "", self._use)
        self.use.setProperty("primary", True)
        self.fetch = button("Download", "", self._fetch)
        self.place = button("Choose a folder…", "", self._ask_place)
        self.remove = button(
            "Remove from the list",
            "Its files stay where they are, and runs that were trained on it still find them",
            self._remove,
        )
        self.stop = button("Cancel", "Stop looking; nothing is left behind", self._added.give_up)
        left, below = (self.list, self.file, self.folder), (self.remove, self.progress, self.stop)
        lay_out(self, left, self.card, below, (self.place, self.fetch, self.use))
        self.use.setDefault(True)
        self.list.currentItemChanged.connect(self._selected)
        added = self._added
        added.changed.connect(self._fill)
        added.inspected.connect(self._inspected)
        added.looked_into.connect(self._looked_into)
        added.refused.connect(self.card.say)
        added.previewed.connect(self._previewed)
        added.not_previewed.connect(self._not_previewed)
        added.looking_changed.connect(self._looking)
        self.card.edited.connect(self._edited)
        self.card.change.clicked.connect(self._change)
        added.progressed.connect(self._progressed)
        services.data.loaded.connect(self._fill)
        services.state.phase_changed.connect(self._enable)
        self._fill()
        self._looking()

    # -- public -------------------------------------------------------------------------------------------------------

    @property
    def name(self) -> str:
        """The data set that is shown; empty for a file that is not added yet."""
        return self.list.name

    def choose(self, name: str) -> None:
        """Show the data set ``name``; empty for the file that is not added yet."""
        self.list.choose(name)

    def look_at(self, path: Path, notes: Sequence[str] = ()) -> None:
        """Show what a file or folder of the user's is, so that it can be added, and ``notes`` beside it."""
        self._path, self._notes, self._shown = path, tuple(notes), None
        self._changing = None
        self._fill()
        self.choose("")

    def ask_file(self) -> None:
        """Ask for a file."""
        self._ask("Add a file", QFileDialog.FileMode.ExistingFile, self._file_chosen)

    def ask_folder(self) -> None:
        """Ask for a folder."""
        self._ask("Add a folder", QFileDialog.FileMode.Directory, self._file_chosen)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if dropped_files(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        files = dropped_files(event.mimeData())
        if files:
            event.acceptProposedAction()
            self.look_at(files[0], left_out(files))

    def closeEvent(self, event: QCloseEvent) -> None:
        self._added.give_up()
        super().closeEvent(event)

    def reject(self) -> None:
        # Esc: nothing is looked at any more for a window that is not there.
        self._added.give_up()
        super().reject()

    # -- asking for files --------------------------------------------------------------------------------------------

    def _ask(self, title: str, mode: QFileDialog.FileMode, then: Callable[[str], object]) -> None:
        dialog = file_dialog(self, titled(title, self))
        dialog.setFileMode(mode)
        dialog.fileSelected.connect(then)
        dialog.open()

    @Slot(str)
    def _file_chosen(self, path: str) -> None:
        self.look_at(Path(path))

    # -- what is shown ------------------------------------------------------------------------------------------------

    @Slot()
    def _fill(self) -> None:
        """List what there is, and show again what was shown, if it is still there."""
        wanted = str(self._services.state.draft.get("dataset", "")) if self._shown is None else self._shown
        self.list.blockSignals(True)
        folder_of = self._services.data.folder_of
        self._here = {name: data.available(name, folder_of(name)) for name in data.SOURCES}
        self.list.show_entries(entries(self._here, self._path))
        if not self.list.choose(wanted):
            self.list.choose(self.list.names[0])
        self.list.blockSignals(False)
        self._selected()

    @Slot()
    def _selected(self) -> None:
        if self.list.currentItem() is None:
            return
        name = self.name
        if name == self._shown:
            self._enable()
            return
        self._shown = name
        self._found = None
        if name and self._changing is not None and self._changing.source != name:
            self._changing = None
        self._blank()
        self._added.give_up()
        if not name:
            assert self._path is not None
            self.card.show_title(self._path.name, str(self._path))
            self.card.show_notes(self._notes)
            self._added.inspect(self._path)
        else:
            source, current = data.source(name), self._services.state.dataset
            self.card.show_title(source.info.title, source.info.about)
            self._show_facts((*facts(source.info), ("here", self._how_to_get(name))))
            self._show_options(source.options)
            self.card.show_chosen(registry.chosen_options(name))
            if current is not None and current.name == name:
                self._looked_into(current)
            elif self._here[name]:
                self._added.look_into(name)
        self._enable()

    def _how_to_get(self, name: str) -> str:
        if self._here[name]:
            return "it is on this computer"
        if data.source(name).added is not None:
            return "its files are not where they were; choose where they are now"
        return "not on this computer yet; it is downloaded when it is needed"

    def _show_facts(self, known: Facts) -> None:
        self._known = known
        self.card.show_facts(known)

    def _show_options(self, options: Sequence[Option], ask: Sequence[str] = ()) -> None:
        self.card.show_options(options, ask)
        # What is made later comes later, behind the buttons.
        order = (self.list, *self.card.editors, self.file, self.folder, self.remove, self.stop)
        order = (*order, self.place, self.fetch, self.use)
        for before, after in pairwise(order):
            QWidget.setTabOrder(before, after)

    def _blank(self) -> None:
        self.card.show_rows(None)
        self._show_facts(())
        self._show_options(())
        self.card.show_notes(())
        self.card.say("")

    @Slot(object)
    def _looked_into(self, dataset: Dataset) -> None:
        if dataset.name != self.name:
            return
        info = data.source(dataset.name).info
        rows = dataset.items.test if dataset.items is not None else dataset.test_images
        self.card.show_rows(rows[:ROW], ink=info.ink)
        self._show_facts(facts(info, dataset))
        self.card.show_notes(dataset.notes)
        if not self._here.get(dataset.name, False):
            # It was downloaded for this.
            self._fill()
        self._enable()

    @Slot(object)
    def _inspected(self, found: Inspected) -> None:
        if self.name:
            return
        self._found = found
        about = found.description
        self.card.show_title(found.path.name, about.kind[:1].upper() + about.kind[1:])
        self.card.show_rows(about.preview, ink=found.reader.info.ink)
        self._show_facts((*about.facts, ("folder" if found.path.is_dir() else "file", str(found.path))))
        self._show_options(about.options, about.ask)
        self.card.show_notes((*about.notes, *self._notes))
        if self._changing is not None:
            self.card.choose(self._changing.options)
            self._edited()
        elif not about.ask:
            self.card.say(found.problem)
        self._enable()

    @Slot()
    def _edited(self) -> None:
        """Let the preview follow the options."""
        of = self.name or self._found
        if of is None:
            return
        if self.name and data.source(self.name).preview is not None:
            # What is being loaded has other options.
            self._added.give_up()
        place = None if self._changing is None else self._changing.path
        self._added.preview(of, self.card.given, place)

    @Slot(object)
    def _previewed(self, found: Preview) -> None:
        self.card.show_rows(found.rows[:ROW], ink=found.ink)
        self.card.show_facts(merged(self._known, found.facts))
        source = data.SOURCES.get(self.name)
        if (
            source is not None
            and source.info_of is not None
            and (self._changing is None or self._changing.path is None)
        ):
            self.card.about.setText(source.info_of(checked(source.options, self.card.given)).about)
        if found.options and found.options != self.card.offered:
            self._offer(found.options, found.ask)

    def _offer(self, options: Sequence[Option], ask: Sequence[str]) -> None:
        """Other options than before, as one was chosen on which they depend; what was chosen and the keyboard stay."""
        given, at = self.card.given, self.card.focused
        self._show_options(options, [name for name in ask if name not in given])
        self.card.choose(given)
        self.card.focus(at)

    @Slot(str)
    def _not_previewed(self, why: str) -> None:
        self.card.show_rows(None)
        self.card.show_facts(self._known)
        self.card.say(why)

    @Slot()
    def _looking(self) -> None:
        looking = self._added.looking
        self.progress.setRange(0, 0)
        self.progress.setVisible(looking)
        self.stop.setVisible(looking)
        self._enable()

    @Slot(object, object, str)
    def _progressed(self, done: int, total: int, text: str) -> None:
        self.progress.setRange(0, 1000)
        self.progress.setValue(round(1000 * done / total) if total else 0)
        self.progress.setToolTip(text)

    @Slot()
    def _enable(self) -> None:
        name, looking = self.name, self._added.looking
        source = data.SOURCES.get(name)
        changing = self._changing is not None
        self.use.setText(
            "Change and use" if changing else "Use for the next training" if name else "Add and use"
        )
        self.use.setEnabled(bool(name) or self._found is not None)
        self.use.setToolTip("The train panel takes it; the run that is shown stays as it is")
        self.remove.setVisible(source is not None and source.added is not None)
        self.fetch.setVisible(
            source is not None and not self._here[name] and bool(source.info.download_bytes) and not looking
        )
        if source is not None:
            self.fetch.setText(f"Download ({source.info.download_text})")
            self.place.setToolTip(f"Read it from a folder that holds {source.folder}")
        self.place.setVisible(source is not None and source.takes_folder and not looking)

    # -- what is done -------------------------------------------------------------------------------------------------

    @Slot()
    def _use(self) -> None:
        if not self.name:
            assert self._found is not None
            given = self.card.given
            if missing := [option.name for option in self._found.missing(given)]:
                self.card.ask_for(missing[0])
                return
            name = self._added.add(self._found, given, instead_of=self._changing)
        else:
            changed = self._changing
            place = None if changed is None else changed.path
            name = self._added.vary(self.name, self.card.given, place, instead_of=changed)
        if name:
            self._changing = None
            if not self.name:
                self._path = None
                self._fill()
            self.choose(name)
            self._enable()
            self._services.state.notify("good", f"The next training uses {data.title_of(name)}.", "data")

    @Slot()
    def _change(self) -> None:
        """Show the options of a data set that was added, so that other ones can be chosen."""
        name = self.name
        added = data.source(name).added
        assert added is not None
        if added.source in data.READERS and added.path is not None:
            self.look_at(self._services.data.folder_of(name) or added.path)
            self._changing = added
            return
        self._changing = added
        self.choose(added.source)
        self.card.choose(added.options)
        self._edited()

    @Slot()
    def _remove(self) -> None:
        if self.name:
            self._added.forget(self.name)

    @Slot()
    def _fetch(self) -> None:
        if self.name:
            self._added.look_into(self.name)

    @Slot()
    def _ask_place(self) -> None:
        name = self.name
        title = f"Folder with {data.source(name).folder}"
        self._ask(title, QFileDialog.FileMode.Directory, partial(self._place_chosen, name))

    def _place_chosen(self, name: str, folder: str) -> None:
        source = data.source(name)
        if source.always_there:
            # Not another copy of the same data: the files make a data set of their own, beside the one that is built in.
            if made := self._added.vary(name, self.card.given if name == self.name else {}, Path(folder)):
                self._fill()
                self.choose(made)
            return
        self._services.settings.set_data_folder(name, Path(folder))
        self._shown = None
        self._fill()
        self.choose(name)
