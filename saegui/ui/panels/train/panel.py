"""The train panel: every parameter of the next training, and the buttons that run it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from html import escape
from itertools import pairwise
from typing import Any

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtGui import QIcon, QResizeEvent
from PySide6.QtWidgets import QPushButton, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from saegui.app.services import Services
from saegui.app.settings import Setting, read_bool, write_bool
from saegui.core import data
from saegui.core.config.conflicts import conflicts
from saegui.core.config.presets import PRESETS
from saegui.core.config.run_names import differences, preset_title, words
from saegui.core.config.schema import RunConfig, parameter, parameters, relevant
from saegui.ui.commands import Handler, run_menu
from saegui.ui.panels.panel import Panel, Place
from saegui.ui.panels.train.form import LIVE, RESTARTS, Form, parameter_text
from saegui.ui.panels.train.number_field import NumberField
from saegui.ui.panels.train.parts import About, Beside, ButtonRow, Formula, HintLine, Presets, Scroll, tell
from saegui.ui.panels.train.rows import ROWS
from saegui.ui.panels.train.starting import Starting, titles
from saegui.ui.theme.icons import icon
from saegui.ui.theme.theme import Theme
from saegui.ui.theme.tokens import GAP, PAD, UNIT
from saegui.ui.widgets.fields import ChoiceField, FieldLabel

MORE: Setting[bool | None] = Setting("train/more", None, read_bool, write_bool)
"""Whether every parameter is shown; None while nobody has chosen."""

DATA_SETS = "See what each data set is, or add your own files"
VARY = "Train a run for each of several values of these settings, and compare them in Sweep"

WIDEST = 560
"""px: wider than this the form is not drawn out, but stands in the middle."""
TALL = 660
"""px: a panel of this height has room for every parameter, so none is folded away until someone does."""


class TrainPanel(Panel):
    """Edits the state's draft; Train trains it."""

    name = "train"
    title = "Train"
    help = "All settings of the next training, and the buttons that start and stop it"
    topics = ("data", "training")
    place = Place("left", 1, least=360, height=0.6)
    figures = ("curves",)
    settings = (MORE,)
    specs = run_menu.TRAIN

    def __init__(self, services: Services, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(services, theme, parent)
        self.starting = Starting(services)
        more = bool(services.settings.get(MORE))
        self._scroll = Scroll(lambda inside: Form(parameters(), ROWS, theme, more=more, parent=inside), self)
        self.form = self._scroll.form
        self.presets = Presets(theme)
        self.about = About()
        self.formula = Formula()
        self.form.put_below("arch", self.formula)
        data_field = self.form.fields["dataset"].editor
        self.more_data = Beside(data_field, "data-sets", "Data sets", "…", DATA_SETS)
        self.form.put_beside("dataset", self.more_data)
        self.vary = Beside(data_field, "vary", "Vary", run_menu.VARY.title, VARY)
        self.form.put_beside_more(self.vary)
        for button in (self.more_data, self.vary):
            button.clicked.connect(partial(self.action_asked.emit, button.objectName()))
        self._add_presets()
        self.hint = HintLine(theme)
        self.buttons: dict[str, QPushButton | QToolButton] = {}
        """``train``, ``pause``, ``step``, ``step-epoch`` and ``stop``."""
        layout = self._column = QVBoxLayout(self)
        layout.setSpacing(UNIT)
        layout.addWidget(self._scroll, 1)
        foot = QVBoxLayout()
        foot.setContentsMargins(UNIT, 0, PAD, 0)
        foot.setSpacing(UNIT)
        foot.addWidget(self.hint)
        foot.addWidget(self._make_buttons())
        layout.addLayout(foot)
        for before, after in pairwise([self.presets, *self.form.tab_order, *self.buttons.values()]):
            self.setTabOrder(before, after)
        self.form.edited.connect(self._edited)
        self.form.more_toggled.connect(self._remember_more)
        self.presets.activated.connect(self._choose_preset)
        for signal in (self.state.run_changed, self.state.dataset_changed, services.added.changed):
            signal.connect(self._name_data)
        self.state.draft_changed.connect(self.form.forget_messages)
        for signal in (self.state.draft_changed, self.state.run_changed, self.state.phase_changed):
            signal.connect(self.refresh)
        services.training.measuring_changed.connect(self._tip_stop)
        self.retheme()
        self._name_data()
        self.refresh()

    @Slot()
    def _name_data(self) -> None:
        """Offer what there is, and call it what it is, where a folder of the user's holds another than its source is named after."""
        dataset, editor = self.state.dataset, self.form.fields["dataset"].editor
        assert isinstance(editor, ChoiceField)
        editor.set_choices(
            {
                name: dataset.title if dataset is not None and dataset.name == name else info.title
                for name, info in data.DATASETS.items()
            }
        )

    # -- public ---------------------------------------------------------------------------------------------

    def first_stop(self) -> QWidget:
        return self.presets

    def handlers(self) -> Mapping[str, Handler]:
        state, training, starting = self.state, self.services.training, self.starting
        run = (state.run_changed, self.services.library.changed)
        ready = (state.phase_changed, state.draft_changed, *run)
        start = partial(Handler, enabled=lambda: starting.possible, why=starting.why_not, changed=ready)
        return {
            "train": start(starting.train, title=lambda: starting.verb),
            "pause": Handler(
                training.pause,
                enabled=lambda: state.phase == "training",
                why=lambda: "There is no training to pause.",
                changed=(state.phase_changed,),
            ),
            "step": start(starting.step, title=partial(self._step_title, "step")),
            "step-epoch": start(starting.step_epoch, title=partial(self._step_title, "step-epoch")),
            "stop": Handler(
                training.stop,
                enabled=lambda: state.busy,
                why=lambda: "There is no training to stop.",
                changed=(state.phase_changed,),
            ),
            "resume": Handler(
                training.resume,
                enabled=lambda: training.resumable is not None,
                why=lambda: "The training of this run is complete or under way; there is nothing to resume.",
                changed=(state.phase_changed, *run),
            ),
            "train-new-run": Handler(
                training.train_new_run,
                enabled=lambda: not state.busy and starting.ready,
                why=lambda: starting.why_not() or "A training is paused. Stop it first (Shift+F5).",
                changed=ready,
            ),
        }

    def _step_title(self, name: str) -> str:
        title = next(spec.title for spec in self.specs if spec.name == name)
        return f"{title} in a new run" if self.starting.begins_run else title

    def commit(self) -> None:
        """Take what is being typed in a field, as Enter would."""
        self.form.commit()

    @Slot()
    def refresh(self) -> None:
        """Show the draft, what is wrong with it, how it differs from the run, and what can be pressed."""
        draft, run = self.state.draft, self._run_config()
        self.form.set_values(draft)
        self.formula.show_values(draft)
        problems = conflicts(draft)
        self.form.set_problems(problems)
        self.form.set_run_values(run.model_dump() if run is not None else None, training=self.state.busy)
        self._show_preset(draft)
        self._show_buttons(next(iter(problems.values()), ""))
        self._show_hint(draft, run)

    @Slot()
    def retheme(self) -> None:
        tokens = self.theme.tokens
        for name, button in self.buttons.items():
            made = icon("play" if name == "train" else name, tokens)
            if name == "train":
                # On the primary button's colour, not on the panel's.
                filled, size = QIcon(), QSize(20, 20)
                filled.addPixmap(made.pixmap(size, QIcon.Mode.Selected), QIcon.Mode.Normal)
                filled.addPixmap(made.pixmap(size, QIcon.Mode.Disabled), QIcon.Mode.Disabled)
                self._play = filled
                continue
            button.setIcon(made)
        self._show_icon()
        self.update()

    def _show_icon(self) -> None:
        # What continues by itself needs no start, and its longer words need the room.
        startable = self.state.phase in ("idle", "paused")
        self.buttons["train"].setIcon(self._play if startable else QIcon())

    # -- building -------------------------------------------------------------------------------------------

    def _add_presets(self) -> None:
        label = FieldLabel("Preset", self.theme)
        label.setBuddy(self.presets)
        self.form.head.addWidget(label, 0, 0)
        self.form.head.addWidget(self.presets, 0, 1)
        self.form.head.addWidget(self.about, 1, 0, 1, 2)

    def _make_buttons(self) -> QWidget:
        row = ButtonRow(self)
        train = QPushButton("Train")
        train.setProperty("primary", True)
        train.clicked.connect(self._train)
        train.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.buttons["train"] = train
        row.add(train, 1)
        training = self.services.training
        for name, title, tip, action in (
            ("pause", "Pause", "Pause after the current step", training.pause),
            ("step", "Step", "", self._step),
            ("step-epoch", "Epoch", "", self._step_epoch),
            ("stop", "Stop", "Save the run as it is now, and end the training", training.stop),
        ):
            button = QToolButton()
            button.setProperty("bordered", True)
            # Close together: the words on the primary button need the room.
            button.setStyleSheet("QToolButton { padding: 4px 7px; }")
            button.setText(title)
            button.setAccessibleName(title)
            tell(button, tip)
            button.setIconSize(QSize(16, 16))
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            button.clicked.connect(action)
            self.buttons[name] = button
            row.add(button)
        for name, each in self.buttons.items():
            each.setObjectName(name)
        return row

    # -- showing --------------------------------------------------------------------------------------------

    def _run_config(self) -> RunConfig | None:
        """What is being trained, live changes included; else what the current run was trained with."""
        if self.state.busy:
            return self.services.training.config
        return self.state.run.config if self.state.run is not None else None

    def _show_preset(self, draft: dict[str, Any]) -> None:
        base = self.state.preset
        title = preset_title(draft, base)
        self.presets.show_name(title)
        about = PRESETS[base].about if base in PRESETS else "Your own settings."
        if base in PRESETS and title != base:
            changed = ", ".join(words(name, draft[name]) for name in differences(draft, base))
            about = f"{about} Changed: {changed}."
        self.about.setText(PRESETS[base].about if base in PRESETS else about)
        self.presets.setToolTip(f"Sets every field except the data set.<br>{escape(about)}")
        self.presets.setAccessibleDescription(about)

    def _show_buttons(self, problem: str) -> None:
        phase = self.state.phase
        startable = phase == "paused" or (phase == "idle" and not problem)
        texts = {
            "preparing": "Preparing…",
            "training": "Training…",
            "stopping": "Stopping…",
        }
        train = self.buttons["train"]
        train.setText(texts.get(phase, self.starting.verb))
        self._show_icon()
        train.setAccessibleName(train.text())
        blocked = problem if phase == "idle" else ""
        tip = "Train a new run with these settings"
        if phase == "paused":
            tip = "Resume the training"
        elif self.services.training.will_resume:
            tip = (
                "Resume this run, which was interrupted, and train it to its end. Changes in fields with a dot apply from now on. "
                "To begin again, choose Run › Train as a new run, or change any other field."
            )
        train.setToolTip(f"<b>Cannot train yet</b><br>{blocked}" if blocked else tip)
        train.setAccessibleDescription(blocked or tip)
        enabled = {
            "train": startable,
            "pause": phase == "training",
            "step": startable,
            "step-epoch": startable,
            "stop": phase != "idle",
        }
        new = "Begin a new run: train" if self.starting.begins_run else "Train"
        tell(self.buttons["step"], f"{new} on one batch, then pause")
        tell(self.buttons["step-epoch"], f"{new} to the end of the epoch, then pause")
        self._tip_stop()
        self._keep_focus(enabled)
        for name, button in self.buttons.items():
            button.setEnabled(enabled[name])

    def _keep_focus(self, enabled: dict[str, bool]) -> None:
        """Space after a click on Pause resumes, and the other way round; left to Qt, it would press Stop. Also behind other windows."""
        held = self.window().focusWidget()
        focused = next((name for name, button in self.buttons.items() if button is held), None)
        if enabled[focused] if focused is not None else held is not self:
            return
        for name in ("pause", "train"):
            if enabled[name]:
                self.buttons[name].setEnabled(True)
                self.buttons[name].setFocus()
                return
        # Between the two, while it starts or ends: none of the buttons.
        self.setFocus()

    @Slot()
    def _tip_stop(self) -> None:
        ending = self.state.phase == "stopping" or self.services.training.measuring is not None
        tip = (
            "Save the run without measuring it"
            if ending
            else "Save the run as it is now, and end the training"
        )
        tell(self.buttons["stop"], tip)

    def _show_hint(self, draft: dict[str, Any], run: RunConfig | None) -> None:
        values = run.model_dump() if run is not None else {}
        changed = [name for name in relevant(draft) if name in values and draft[name] != values[name]]
        waiting = [name for name in changed if not parameter(name).live]
        details = "\n".join(
            f"{parameter(name).title}: {parameter_text(parameter(name), draft[name])}, "
            f"the run has {parameter_text(parameter(name), values[name])}"
            for name in changed
        )
        problems = conflicts(draft)
        if problems and not self.state.busy:
            sentences = "\n".join(problems.values())
            self.hint.say(f"cannot train: {titles(list(problems))}", sentences, bad=True)
        elif self.state.busy and waiting:
            self.hint.say(f"↻ in the next training: {titles(waiting)}", f"{details}\n{RESTARTS}.")
        elif self.state.busy and any(parameter(name).live for name in relevant(draft)):
            details = f"● {LIVE}. The other fields take effect in the next training."
            self.hint.say("fields with a dot take effect at once", details, dot=True)
        elif self.services.training.will_resume and self.state.run is not None:
            with_changes = f" · new {titles(changed)}" if changed else ""
            self.hint.say(
                f"Resume: epoch {self.state.run.epoch:.1f} of {draft['epochs']:,}{with_changes}",
                details
                or "This run's training was stopped or interrupted. After resuming, it ends as it would have without the interruption.",
            )
        elif changed:
            self.hint.say(f"differs from the run: {titles(changed)}", details, bar=True)
        else:
            self.hint.say("", "")

    # -- what a user does -----------------------------------------------------------------------------------

    @Slot(str, object)
    def _edited(self, name: str, value: Any) -> None:
        before = self.state.draft
        editor = self.form.fields[name].editor
        stepped = isinstance(editor, NumberField) and editor.stepping
        self.services.drafts.edit(name, value, stepped=stepped)
        if name == "arch":
            self._tell_what_followed(before)
        if not self.state.busy or not parameter(name).live:
            return
        config = self.services.training.config
        kept = getattr(config, name) if config is not None else value
        if kept != value and not conflicts(self.state.draft):
            found = parameter(name)
            self.form.fields[name].show_message(
                f"The running training cannot use this value and keeps {parameter_text(found, kept)}; "
                "it takes effect in the next training."
            )
        self.refresh()

    def _tell_what_followed(self, before: Mapping[str, Any]) -> None:
        """Say which fields the new kind has changed: some are behind *More*."""
        draft = self.state.draft
        changed = [
            parameter(name) for name in relevant(draft) if name != "arch" and draft[name] != before[name]
        ]
        told = ", ".join(f"{found.title} {parameter_text(found, draft[found.name])}" for found in changed)
        self.form.fields["arch"].show_message(f"Changed with the kind: {told}." if told else "")

    @Slot(int)
    def _choose_preset(self, index: int) -> None:
        name = self.presets.itemData(index)
        if name in PRESETS:
            # The data stays: it is what lies on this machine, not part of the recipe.
            self.services.drafts.replace(
                {**PRESETS[name].config.model_dump(), "dataset": self.state.draft["dataset"]},
                f"preset {name}",
                name,
            )

    def minimumSizeHint(self) -> QSize:
        # The empty sides of a wide panel are no reason to stay wide.
        hint, sides = super().minimumSizeHint(), self._column.contentsMargins()
        return QSize(hint.width() - sides.left() - sides.right(), hint.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        side = max(0, (self.width() - WIDEST) // 2)
        self._column.setContentsMargins(side, GAP, side, PAD)
        if self.services.settings.get(MORE) is None:
            self.form.show_more(self.height() >= TALL)
        # Where room is scarce the list of presets says it, and so does the tooltip.
        self.about.setVisible(self.height() >= TALL)

    @Slot(bool)
    def _remember_more(self, on: bool) -> None:
        self.services.settings.set(MORE, on)
        if on:
            self._scroll.show_from(self.form.more)

    @Slot()
    def _train(self) -> None:
        # Where a click does not move the focus, what was typed has not been taken yet.
        self.commit()
        self.starting.train()

    @Slot()
    def _step(self) -> None:
        self.commit()
        self.starting.step()

    @Slot()
    def _step_epoch(self) -> None:
        self.commit()
        self.starting.step_epoch()
