"""Actions as Qt has them: one QAction for each spec, kept up to date by its handler."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QAction, QActionGroup, QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from saegui.core.data.noun import INPUT, Noun
from saegui.ui.commands import ActionSpec, Bound, Handler
from saegui.ui.theme.icons import icon
from saegui.ui.theme.theme import Theme

Seen = Callable[[Sequence[str]], bool]


class Action(QAction):
    """One action. It looks again only after its own signals, and changes only what is different."""

    refused = Signal(str)
    """It was used while it could not be; the sentence says why."""

    def __init__(self, spec: ActionSpec, handler: Handler, parent: QObject, seen: Seen) -> None:
        super().__init__(spec.title, parent)
        self.spec, self._handler, self._seen = spec, handler, seen
        self.was_in_sight = True
        """What :attr:`in_sight` was when it looked last."""
        self._keys: QShortcut | None = None
        self.setObjectName(spec.name)
        if spec.shortcut:
            self.setShortcut(QKeySequence(spec.shortcut))
        self.name_inputs(INPUT)
        self.setCheckable(spec.checkable)
        self.triggered.connect(self._run)
        for signal in handler.changed:
            signal.connect(self.refresh)
        if spec.shortcut and (handler.why is not None or spec.seen_in):
            # Qt delivers no keys to an action that is disabled: these say why it does nothing.
            self._keys = QShortcut(self.shortcut(), parent, autoRepeat=False)
            self._keys.activated.connect(self.explain)
        self.refresh()

    @property
    def in_sight(self) -> bool:
        """Whether a panel that shows what the action does can be seen."""
        return not self.spec.seen_in or self._seen(self.spec.seen_in)

    def use(self) -> None:
        """Run it, or say why it cannot be run."""
        if self.isEnabled():
            self.trigger()
        else:
            self.explain()

    @Slot()
    def explain(self) -> None:
        """Say why it cannot be used now."""
        sentence = self._handler.why() if self._handler.why is not None else ""
        if not self.in_sight:
            titles = " or ".join(name.capitalize() for name in self.spec.seen_in)
            sentence = f"{self.spec.title.rstrip('…')} changes what is hidden now: View › Panels brings back {titles}."
        if sentence:
            self.refused.emit(sentence)

    @Slot()
    def refresh(self) -> None:
        """Ask the handler what the action looks like now."""
        # The pen comes by here 120 times a second: Qt would notify every menu and button at each call.
        handler = self._handler
        self.was_in_sight = self.in_sight
        enabled = self.was_in_sight and (handler.enabled is None or handler.enabled())
        if enabled != self.isEnabled():
            self.setEnabled(enabled)
        if self._keys is not None and self._keys.isEnabled() == enabled:
            self._keys.setEnabled(not enabled)
        if handler.checked is not None and handler.checked() != self.isChecked():
            self.setChecked(not self.isChecked())
        if handler.title is not None and (title := handler.title()) != self.text():
            self.setText(title)

    def name_inputs(self, noun: Noun) -> None:
        """Call inputs so in the title and the explanation."""
        help = noun.instead_of_input(self.spec.help)
        if help != self.statusTip():
            keys = self.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
            self.setToolTip(f"{help}  ({keys})" if keys else help)
            self.setStatusTip(help)
        if self._handler.title is None and (title := noun.instead_of_input(self.spec.title)) != self.text():
            self.setText(title)

    @Slot()
    def _run(self) -> None:
        self._handler.run()
        # Qt has turned the check mark before anything was done.
        self.refresh()

    def release(self) -> None:
        """Stop listening. Some of the signals come while what they are about is being taken apart."""
        for signal in self._handler.changed:
            signal.disconnect(self.refresh)


class Actions(QObject):
    """All actions of one window.

    Raises:
        ValueError: two actions have the same name or the same shortcut.
    """

    refused = Signal(str)
    """An action was used while it could not be; the sentence says why."""

    def __init__(
        self, bound: Sequence[Bound], theme: Theme, window: QWidget, seen: Seen = lambda names: True
    ) -> None:
        """``seen``: whether at least one of the panels with these names is in sight."""
        super().__init__(window)
        self._theme, self._seen = theme, seen
        _refuse_twins("name", [spec.name for spec, _ in bound])
        _refuse_twins("shortcut", [spec.shortcut for spec, _ in bound if spec.shortcut])
        self.by_name: dict[str, Action] = {}
        groups: dict[str, QActionGroup] = {}
        for spec, handler in bound:
            action = self.by_name[spec.name] = Action(spec, handler, window, seen)
            action.refused.connect(self.refused)
            if spec.group:
                groups.setdefault(spec.group, QActionGroup(window)).addAction(action)
            window.addAction(action)
        theme.changed.connect(self.recolour)
        self.recolour()

    @Slot()
    def look_around(self) -> None:
        """A panel was shown or hidden."""
        # Once for each group of panels: eleven docks come by here one after the other while a window is arranged.
        seen = cache(self._seen)
        for action in self.by_name.values():
            if (names := action.spec.seen_in) and seen(names) != action.was_in_sight:
                action.refresh()

    def name_inputs(self, noun: Noun) -> None:
        """Call inputs so in titles and explanations."""
        for action in self.by_name.values():
            action.name_inputs(noun)

    def release(self) -> None:
        """Stop listening: the window closes."""
        for action in self.by_name.values():
            action.release()

    @Slot()
    def recolour(self) -> None:
        """Use the icons of the theme."""
        for action in self.by_name.values():
            if action.spec.icon:
                action.setIcon(icon(action.spec.icon, self._theme.tokens))


def _refuse_twins(what: str, values: Sequence[str]) -> None:
    twice = [value for value, count in Counter(values).items() if count > 1]
    if twice:
        raise ValueError(f"More than one action has the {what} {twice[0]!r}; give each its own.")
