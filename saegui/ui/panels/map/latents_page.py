"""The page of latents: each a point, by what it draws or by what it does; those encircled are shown alone in the grid."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PySide6.QtCore import QPoint, QPointF, Qt, Slot

from saegui.app.latent_map import EMBEDDED, Method
from saegui.app.nouns import current
from saegui.app.services import Services
from saegui.app.settings import choice
from saegui.app.state import NO_MODEL
from saegui.core.analysis.embedding import FEWEST, TITLES
from saegui.core.analysis.latent_map import Mapped, Places
from saegui.core.analysis.latent_order import Indices, dead_latents
from saegui.core.numbers import counted_latents
from saegui.ui.panels.map.atoms import Atoms
from saegui.ui.panels.map.cloud import Axis, Cloud, Look, component_axes
from saegui.ui.panels.map.map_view import MapView
from saegui.ui.panels.map.page import AGAIN, Page
from saegui.ui.theme.theme import Theme
from saegui.ui.widgets.accessible import announce
from saegui.ui.widgets.text import number

METHODS: dict[Method, str] = {
    "pca": "by atom: PCA",
    "tsne": "by atom: t-SNE",
    "umap": "by atom: UMAP",
    "activity": "by density",
}
"""What decides where latents lie, in words."""
_FIRST: Method = "pca"
METHOD = choice("map/latents", _FIRST, tuple(METHODS))
NO_POINTS = f"Every latent of a model is a point here. {NO_MODEL}"
ALL_DEAD = "No latent is alive, so there is none to draw."
ONE = "One latent is alive. A map shows which latents are alike, and needs at least two."
TOO_FEW = "{title} needs at least {fewest} latents that are alive; this model has {alive}."
BY_PCA = "Map by PCA"
_ABOUT: dict[Method, str] = {"activity": "To the right: density. Upwards: mean activation when active"}
HOW = "Wheel: zoom. Drag: move. Shift and drag: encircle. Arrow keys: next latent, Enter selects it. Double-click or 0: whole map."


class LatentsPage(Page):
    """Shows what :class:`saegui.app.latent_map.LatentMapControl` finds, which it does while this is in sight."""

    def __init__(self, services: Services, theme: Theme) -> None:
        super().__init__(services, theme)
        self.control = services.latent_map
        self.view = MapView(theme)
        self.view.encircles = True
        self.view.setAccessibleName("Map of latents")
        self.view.setToolTip("")
        self.atoms = Atoms(services, theme)
        self.view.picture_of, self.view.name_of = self.atoms.picture, self.atoms.name
        chosen = services.settings.get(METHOD)
        self.offer("Map of latents", "What decides where a latent lies", METHODS, chosen)
        self.lasso = self.button(
            "Lasso", "Draw a line around points: Features then shows only those (Shift and drag)"
        )
        self.lasso.setCheckable(True)
        self.whole = self.button("Fit", "Show the whole map (double-click, or 0)")
        for place, method in enumerate(METHODS):
            self.choices.setItemData(place, _ABOUT.get(method, ""), Qt.ItemDataRole.ToolTipRole)
        self.inside.addWidget(self.view, 1)
        self.control.set_method(chosen)
        self._watched = False
        self._shown: Places | None = None
        services.exporter.mapped = self.mapped
        self._connect()

    def _connect(self) -> None:
        state, services = self.state, self.services
        self.choices.activated.connect(self._method_chosen)
        self.lasso.toggled.connect(self.view.set_lasso_mode)
        self.whole.clicked.connect(self.view.fit)
        self.control.changed.connect(self.refresh)
        for signal in (
            state.snapshot_changed,
            state.stats_changed,
            state.dataset_changed,
            services.nearest.changed,
            self.theme.changed,
        ):
            signal.connect(self._weights_changed)
        state.code_changed.connect(self._light_up)
        services.densities.listed_changed.connect(self._light_up)
        for signal in (state.selection_changed, state.hover_changed):
            signal.connect(self._mark)
        self.view.pointed_at.connect(state.hover)
        self.view.chosen.connect(self._chosen)
        self.view.encircled.connect(self._encircled)

    @property
    def figure(self) -> str:
        return "density-scatter" if self.method == "activity" else "latent-map"

    @property
    def method(self) -> Method:
        """What decides where latents lie."""
        return self.control.method

    def mapped(self) -> Mapped | None:
        """The map of atoms that is in sight, for its figure."""
        found, snapshot = self.control.value, self.state.snapshot
        if not self._watched or found is None or snapshot is None or self.method == "activity":
            return None
        fits = not len(found.latents) or int(found.latents[-1]) < snapshot.n_latents
        return Mapped(self.method, found, self.control.said) if fits else None

    def set_method(self, method: Method) -> None:
        """Draw another map; remembered."""
        self.services.settings.set(METHOD, method)
        self.choices.setCurrentIndex(self.choices.findData(method))
        self.control.set_method(method)

    def choose(self, at: QPoint | None) -> QPoint | None:
        """Select the latent at a point, or the selected one for None; returns a point of it, None where there is none."""
        latent = self.view.number_at(QPointF(at)) if at is not None else self.state.selected
        place = self.view.point_of(latent) if latent is not None else None
        if latent is None or place is None:
            return None
        self.state.select(latent)
        return at if at is not None else place.toPoint()

    def watch(self, watched: bool) -> None:
        self._watched = watched
        if watched:
            self._forget()
        self.control.watch(watched)

    # -- what changes ---------------------------------------------------------------------------------------------

    @Slot(int)
    def _method_chosen(self, index: int) -> None:
        self.set_method(self.choices.itemData(index))

    @Slot()
    def _weights_changed(self) -> None:
        if self._watched:
            self._forget()
            self.view.repaint_points()

    def _forget(self) -> None:
        """Other pictures; texts have none, and are names beside dots."""
        self.atoms.forget()
        self.view.pictures_as_points = not self.atoms.are_texts

    @Slot()
    def refresh(self) -> None:
        if not self._watched:
            return
        found, snapshot, why = self.control.value, self.state.snapshot, self._too_few()
        again = AGAIN if self.control.can_try_again else ""
        if snapshot is not None and found is not None and len(found.latents) and not why:
            self.view.show_cloud(self._cloud(found), self._look(found.latents))
            self.show_chart(True)
        else:
            button = (BY_PCA if self._alive() > 1 else "") if why else again
            self.show_chart(False, NO_POINTS if snapshot is None else why or self.control.said, button)
        self._mark()

    def _alive(self) -> int:
        snapshot = self.state.snapshot
        return 0 if snapshot is None else int((~dead_latents(snapshot, self.state.stats)).sum())

    def _too_few(self) -> str:
        """Why there are not enough latents for the method; empty where there are."""
        alive = self._alive()
        if alive == 0:
            return ALL_DEAD
        if alive == 1 and self.method != "activity":
            return ONE
        if self.method in EMBEDDED and alive < FEWEST:
            return TOO_FEW.format(title=TITLES[self.method], fewest=FEWEST, alive=alive)
        return ""

    def help_out(self) -> None:
        if self.empty.button.text() == BY_PCA:
            self.set_method("pca")
        else:
            self.control.try_again()

    def _cloud(self, found: Places) -> Cloud:
        run = self.state.run
        key = (self.method, run.path if run is not None else None)
        if self.method == "activity":
            across, up = Axis("density (log)", _density, True), Axis("mean activation when active", _short)
            return Cloud(found.latents, found.x, found.y, False, across, up, key)
        if self.method in EMBEDDED:
            nearness = Axis("alike latents are near; distances between groups say little")
            return Cloud(found.latents, found.x, found.y, True, nearness, Axis(TITLES[self.method]), key)
        return Cloud(found.latents, found.x, found.y, True, *component_axes(found.shares), key)

    def _look(self, latents: Indices) -> Look:
        code, faded, strength = self.state.code, None, None
        if code is not None and (not len(latents) or latents[-1] < len(code.z)):
            strength = np.abs(code.z[latents])
        if self.services.filter.value:
            faded = ~np.isin(latents, self.services.densities.listed)
        return Look(None, faded, strength)

    @Slot()
    def _light_up(self) -> None:
        if self._watched:
            self.view.show_look(self._look(self.view.cloud.ids))
            self._read()

    @Slot()
    def _mark(self) -> None:
        if self._watched:
            self.view.mark(self.state.selected, self.state.hovered)
            self._read()

    @Slot(object)
    def _chosen(self, latent: int) -> None:
        self.state.select(latent)
        announce(self.view, self.words_of(latent))

    @Slot(object)
    def _encircled(self, latents: Indices) -> None:
        self.lasso.setChecked(False)
        control = self.services.filter
        chosen = frozenset(latents.tolist()) if len(latents) else None
        # An empty line is no filter, so that a slip of the hand hides nothing.
        control.set(replace(control.value, latents=chosen))
        announce(self.view, self._summary())

    # -- words ----------------------------------------------------------------------------------------------------

    def words_of(self, latent: int) -> str:
        """``#12 · density 0.13 · mean activation 2.1``."""
        density, stats, words = self.state.density, self.state.stats, [self.services.notes.title(latent)]
        if self.atoms.name(latent):
            words.append(self.atoms.name(latent))
        if density is not None and latent < len(density):
            words.append(f"density {number(float(density[latent]))}")
        if stats is not None:
            words.append(f"mean activation {number(float(stats.mean_active[latent]))}")
        code = self.state.code
        if code is not None and latent < len(code.z) and code.z[latent]:
            words.append(f"{number(float(code.z[latent]))} on the {current(self.state)}")
        return " · ".join(words)

    def _summary(self) -> str:
        """How many latents there are, how many are left out, and what is to be known of the map."""
        snapshot, found = self.state.snapshot, self.control.value
        if snapshot is None or found is None:
            return ""
        drawn, dead = len(found.latents), snapshot.n_latents - len(found.latents)
        words = counted_latents(drawn) + (f", {dead:,} dead left out" if dead else "")
        if self.services.filter.value:
            listed = np.isin(found.latents, self.services.densities.listed).sum()
            words = f"{listed:,} of {counted_latents(drawn)} pass the filter" + (
                f", {dead:,} dead left out" if dead else ""
            )
        return ". ".join(part for part in (words, self.control.said.rstrip(".")) if part) + "."

    def _read(self) -> None:
        """Say what is under the pointer, else selected, else what there is."""
        latent, whole = self.state.previewed, self._summary()
        # Before there is a map none is missing on it.
        missing = latent is not None and bool(whole) and self.view.cloud.place(latent) is None
        said = whole
        if latent is not None:
            said = f"{self.words_of(latent)}{' · dead, not on the map' if missing else ''}"
        self.reading.setText(said)
        lines = [line for line in dict.fromkeys((said, whole)) if line]
        self.reading.setToolTip("\n".join([*lines, HOW]) if lines else "")
        self.view.setAccessibleDescription(f"{said} {whole if said != whole else ''} {HOW}".strip())


def _density(logarithm: float) -> str:
    return f"{10**logarithm:.1g}"


def _short(value: float) -> str:
    return f"{value:.3g}"
