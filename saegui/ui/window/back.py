"""Esc: takes back one layer of what is seen, the uppermost first."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from saegui.app.services import Services
from saegui.ui.commands import Handler
from saegui.ui.commands.analyse_menu import SELECTION
from saegui.ui.window.dock import PanelDock
from saegui.ui.window.docking import Docking
from saegui.ui.window.toasts import Toasts
from saegui.ui.window.tour import Tour


class Back:
    """Ends the tour, else shows all panels again after one was maximised, else closes the newest message, else clears the selection, else
    ends the comparison of inputs, else clears the filter.

    A selection, or a filter, that no panel shows stays.
    """

    def __init__(
        self,
        docking: Docking,
        toasts: Toasts,
        tour: Tour,
        services: Services,
        docks: Mapping[str, PanelDock],
    ) -> None:
        self._docking, self._toasts, self._tour = docking, toasts, tour
        self._state, self._filter, self._second = services.state, services.filter, services.second
        self._comparing = docks["active"]
        self._showing = [docks[name] for name in SELECTION]
        self._filtered = [docks[name] for name in ("features", "map")]

    def handler(self) -> Handler:
        """What the action ``back`` does."""
        return Handler(
            self._run,
            enabled=lambda: self._next() is not None,
            title=self._title,
            changed=(
                self._tour.changed,
                self._docking.maximised_changed,
                self._toasts.changed,
                self._state.selection_changed,
                self._filter.changed,
                self._second.changed,
                *(dock.visibilityChanged for dock in self._showing),
            ),
        )

    def _next(self) -> tuple[str, Callable[[], object]] | None:
        """(what Esc does now, the function that does it)."""
        if self._tour.active:
            return "End tour", self._tour.end
        if self._docking.maximised is not None:
            return "Show all panels", self._docking.leave_maximised
        if self._toasts.toasts:
            return "Close message", self._toasts.close_newest
        if self._state.selected is not None and any(dock.panel.isVisible() for dock in self._showing):
            return "Clear selection", self._clear
        if self._second.on and self._comparing.panel.isVisible():
            return "End comparison", self._second.end
        if self._filter.value and any(dock.panel.isVisible() for dock in self._filtered):
            return "Clear filter", self._filter.clear
        return None

    def _title(self) -> str:
        found = self._next()
        return found[0] if found is not None else "Back"

    def _run(self) -> None:
        found = self._next()
        if found is not None:
            found[1]()

    def _clear(self) -> None:
        self._state.select(None)
