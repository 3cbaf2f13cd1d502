"""When the tiles of the grid change places: with another run, and when the user asks; never while one watches them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal, Slot

from saegui.app.services import Services
from saegui.app.sort_keys import Keys
from saegui.core.analysis import latent_order
from saegui.core.analysis.latent_filter import LatentFacts, passing
from saegui.core.analysis.latent_order import Indices, Mask, Sort

HOLD_MS = 3000
"""A pointer over the grid holds the tiles for at most this long."""
DRAWING_MS = 250
"""Sorted or filtered by activation, tiles follow the pen at most four times a second."""


class GridOrder(QObject):
    """The order of the latents and which of them are dead.

    Other weights of the same run, of a training or from the scrubber, move no tile: a feature is seen to grow in one
    place. :attr:`stale` then says that :meth:`apply` would. Nothing moves while :meth:`hold` is on.
    """

    changed = Signal()
    """Another order, or other latents are dead."""
    stale_changed = Signal()
    """:attr:`stale` changed."""
    missing_changed = Signal()
    """:attr:`missing` changed."""

    def __init__(self, services: Services, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._state, self._keys, self._filter = services.state, services.sort_keys, services.filter
        self._notes, self._densities = services.notes, services.densities
        state = self._state
        self._sort: Sort = "density"
        self._label = 0
        self._reference: int | None = None
        """The latent that cosines are taken with: the one that was selected when the tiles were sorted."""
        self._held = self._pending = False
        self._still = False
        """Tiles wait until they are asked to move: this run's weights have changed since it was opened."""
        self._path: Path | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._soon)
        self._release = QTimer(self)
        self._release.setSingleShot(True)
        self._release.setInterval(HOLD_MS)
        self._release.timeout.connect(self._let_go)
        self._whole: Indices = np.empty(0, np.intp)
        """All latents in order; the filter takes some of them."""
        self.latents: Indices = np.empty(0, np.intp)
        """The latent of each place: those that the filter lets pass."""
        self.places: Indices = np.empty(0, np.intp)
        """(F,): the place of each latent; −1 for those that the filter hides."""
        self.dead: Mask = np.empty(0, np.bool_)
        self.stale = False
        """Whether some tiles are not where the sort would put them now."""
        self.missing = ""
        """What the sort waits for, a sentence: so long the tiles stay, and those of another run are sorted by density."""
        state.snapshot_changed.connect(self._snapshot_changed)
        state.selection_changed.connect(self._selection_changed)
        self._keys.changed.connect(self._keys_changed)
        self._filter.changed.connect(self._filter_changed)
        self._notes.changed.connect(self._notes_changed)
        state.stats_changed.connect(self._stats_changed)
        state.image_changed.connect(self._image_changed)
        state.code_changed.connect(self._code_changed)
        self._snapshot_changed()

    @property
    def sort(self) -> Sort:
        """What the tiles are sorted by; the dead are last in any case."""
        return self._sort

    @property
    def count(self) -> int:
        """Latents of the model, shown or not."""
        return len(self.dead)

    @property
    def follows_drawing(self) -> bool:
        """Whether other tiles are shown, or in another order, when the drawing changes."""
        return self._sort == "activation" or self._filter.value.on

    @property
    def label(self) -> int:
        """The class whose share latents are sorted by where they are sorted by one class."""
        return self._label

    def set_sort(self, sort: Sort, label: int | None = None) -> None:
        """Sort by something else, now; ``label``: by the share of which class, where it is by one."""
        self._sort = sort
        self._label = self._label if label is None else label
        self._keys.forget_failure()
        self.apply()

    def hold(self, held: bool) -> None:
        """Keep every tile where it is while the pointer moves over them; what came due happens afterwards."""
        self._held = held
        if held:
            self._release.start()
            return
        self._release.stop()
        if self._pending:
            self.apply()

    @Slot()
    def _let_go(self) -> None:
        self.hold(False)

    @Slot()
    def apply(self) -> None:
        """Put every tile where it belongs; where that must be measured first, as soon as it is known."""
        self._timer.stop()
        self._pending = False
        self._reference = self._cosine_with()
        keys = self._sorted_by(measure=True)
        self._show_missing(keys.missing)
        # What is asked for comes later; until then the tiles stay, if these are the same latents.
        self._whole = self._whole if keys.missing and len(self._whole) == self.count else self._sorted(keys)
        self._place()
        self._show_stale(False)

    def _place(self) -> None:
        """Put the latents that the filter lets pass into their places."""
        wanted = self._shown(self._whole)
        if self.count != len(self.places) or not np.array_equal(wanted, self.latents):
            self.latents, self.places = wanted, latent_order.places(wanted, self.count)
            self._densities.list(wanted)
            self.changed.emit()

    @Slot()
    def _notes_changed(self) -> None:
        if self._filter.value.starred or self._filter.value.text:
            self._filter_changed()

    @Slot()
    def _filter_changed(self) -> None:
        if not self._in_step:
            return
        # Other tiles are shown, in the order in which they stood.
        self._place()
        self._compare()

    @property
    def _in_step(self) -> bool:
        """False for the moment in which another model is there and has not been announced yet."""
        density = self._state.density
        return (0 if density is None else len(density)) == self.count

    def _compare(self) -> None:
        """Find out whether the tiles would move if they were asked to."""
        if self.missing or not self._in_step:
            # They were asked to, and will as soon as they can; or all is sorted in a moment.
            return
        keys = self._sorted_by(measure=False)
        # Where it is not measured for these weights yet, nobody knows; asked to, they are sorted by what they are now.
        wanted = self._shown(self._sorted(keys))
        self._show_stale(bool(keys.missing) or not np.array_equal(wanted, self.latents))

    def _show_stale(self, stale: bool) -> None:
        if stale != self.stale:
            self.stale = stale
            self.stale_changed.emit()

    def _show_missing(self, missing: str) -> None:
        if missing != self.missing:
            self.missing = missing
            self.missing_changed.emit()

    def _cosine_with(self) -> int | None:
        return self._state.selected if self._state.selected is not None else self._reference

    def _sorted_by(self, *, measure: bool) -> Keys:
        return self._keys.of(self._sort, latent=self._cosine_with(), label=self._label, measure=measure)

    def _sorted(self, keys: Keys) -> Indices:
        """Every latent, in order."""
        state, density = self._state, self._state.density
        if state.snapshot is None or density is None:
            return np.empty(0, np.intp)
        return latent_order.order(self._sort, density, self.dead, keys.values)

    def _shown(self, latents: Indices) -> Indices:
        """Those that the filter lets pass."""
        facts = self.facts()
        if facts is None or not self._filter.value:
            return latents
        return latents[passing(self._filter.value, facts)[latents]]

    def facts(self) -> LatentFacts | None:
        """What the filter asks of every latent; None without a model, and for a moment while snapshots change."""
        state, density, stats = self._state, self._state.density, self._state.stats
        if density is None or not self._in_step:
            return None
        # While the state changes, the code may still be that of the snapshot before.
        z = state.code.z if state.code is not None and len(state.code.z) == len(density) else None
        labelled = stats is not None and state.dataset is not None and state.dataset.has_labels
        shares = stats.class_shares if stats is not None and labelled else None
        notes = self._notes.all
        starred = frozenset(latent for latent, note in notes.items() if note.starred)
        labels = {latent: note.label for latent, note in notes.items() if note.label}
        return LatentFacts(density, self.dead, z, shares, starred, labels)

    def _find_dead(self) -> None:
        snapshot = self._state.snapshot
        dead = np.empty(0, np.bool_)
        if snapshot is not None:
            dead = latent_order.dead_latents(snapshot, self._state.stats)
        if not np.array_equal(dead, self.dead):
            self.dead = dead
            if len(dead) == len(self.places):
                self.changed.emit()

    @Slot()
    def _snapshot_changed(self) -> None:
        run = self._state.run
        path = run.path if run is not None else None
        snapshot = self._state.snapshot
        count = snapshot.n_latents if snapshot is not None else 0
        another = path != self._path or count != len(self.places)
        self._path = path
        self._find_dead()
        self._still = not another
        if another:
            self._reference = None
        if another:
            self.apply()
        elif self.missing:
            self._soon()
        else:
            self._pending = False
            self._compare()

    @Slot()
    def _selection_changed(self) -> None:
        if self._sort == "cosine" and self._state.selected is not None:
            if self.missing:
                self._soon()
            else:
                self._compare()

    @Slot()
    def _keys_changed(self) -> None:
        if self.missing:
            self._soon()

    @Slot()
    def _code_changed(self) -> None:
        # Where the pen changed it, the tiles follow by themselves.
        if self._still and self.follows_drawing and not self._timer.isActive():
            self._compare()

    @Slot()
    def _stats_changed(self) -> None:
        self._find_dead()
        # Dropped statistics move nothing: the snapshot that they did not belong to is announced next.
        if self._state.stats is None:
            return
        if self._still and not self.missing:
            self._compare()
        else:
            self._soon()

    @Slot()
    def _image_changed(self) -> None:
        later = not self._timer.isActive() or self._timer.remainingTime() > DRAWING_MS
        if self.follows_drawing and later:
            self._timer.start(DRAWING_MS)

    @Slot()
    def _soon(self) -> None:
        if self._held:
            self._pending = True
        else:
            self.apply()
