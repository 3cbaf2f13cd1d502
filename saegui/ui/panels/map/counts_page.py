"""The page of distributions: active latents per input, densities of latents, and how strongly they are active."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from PySide6.QtCore import Slot

from saegui.app.nouns import Naming, noun_of, said
from saegui.app.services import Services
from saegui.app.settings import choice
from saegui.app.state import NO_MODEL
from saegui.core.analysis.distributions import Distribution, of_active, of_density, of_strength
from saegui.core.analysis.latent_stats import LatentStats
from saegui.core.config.schema import RunConfig
from saegui.core.data.noun import Noun
from saegui.core.families.registry import WITH_K
from saegui.core.numbers import counted_latents
from saegui.ui.panels.map.histogram_view import HistogramView, span
from saegui.ui.panels.map.page import Page
from saegui.ui.theme.theme import Theme
from saegui.ui.widgets.text import number


class _Shown(NamedTuple):
    words: str
    """In the choices."""
    figure: str
    axes: tuple[str, str]
    of: Callable[[LatentStats, RunConfig], Distribution]


SHOWN = {
    "active": _Shown(
        "active latents per input", "percent-active", ("training inputs", "active latents"), of_active
    ),
    "density": _Shown(
        "densities of latents",
        "density-histogram",
        ("latents", "density, logarithmic"),
        lambda stats, config: of_density(stats.density, stats.dead),
    ),
    "strength": _Shown(
        "activations of all latents",
        "activation-histogram",
        ("activations", "activation, logarithmic"),
        lambda stats, config: of_strength(stats),
    ),
}
COUNTED = choice("map/counted", "active", tuple(SHOWN))
NOT_COUNTED = f"How many latents are active, how often and how strongly, is shown here. {NO_MODEL}"
MEASURING = "Measuring the latents…"
LATER = "The latents are measured when the training pauses."
NO_DATA = "The latents are measured on the training inputs: load the data in the panel Latent."


class CountsPage(Page):
    """Histograms of what was measured of the shown step."""

    def __init__(self, services: Services, theme: Theme) -> None:
        super().__init__(services, theme)
        self.view = HistogramView(theme)
        chosen = services.settings.get(COUNTED)
        self.offer(
            "Distribution", "What is counted", {name: shown.words for name, shown in SHOWN.items()}, chosen
        )
        self.inside.addWidget(self.view, 1)
        self.counted = chosen
        self.found: Distribution | None = None
        """What is shown."""
        self.choices.activated.connect(self._chosen)
        self.view.pointed_at.connect(self._read)
        Naming(self.state, self._name_inputs, self)
        for signal in (
            self.state.stats_changed,
            self.state.snapshot_changed,
            self.state.dataset_changed,
            self.state.phase_changed,
        ):
            signal.connect(self.refresh)

    @property
    def figure(self) -> str:
        return SHOWN[self.counted].figure

    def set_counted(self, name: str) -> None:
        """Show another distribution; remembered."""
        self.services.settings.set(COUNTED, name)
        self.choices.setCurrentIndex(self.choices.findData(name))
        self.counted = name
        self.view.point(None)
        self.refresh()

    @Slot(int)
    def _chosen(self, index: int) -> None:
        self.set_counted(self.choices.itemData(index))

    def _name_inputs(self, noun: Noun) -> None:
        for place in range(self.choices.count()):
            words = SHOWN[self.choices.itemData(place)].words
            self.choices.setItemText(place, noun.instead_of_input(words))

    @Slot()
    def refresh(self) -> None:
        if not self.isVisible():
            return
        stats, snapshot, noun = self.state.stats, self.state.snapshot, noun_of(self.state)
        if stats is None or snapshot is None:
            self.found = None
            self.show_chart(False, self._why_not())
            self.reading.setText("")
            return
        shown = SHOWN[self.counted]
        self.found = shown.of(stats, snapshot.config)
        axes = noun.instead_of_input(shown.axes[0]), shown.axes[1]
        self.view.show_distribution(
            self.found, axes, self._target(snapshot.config), logarithmic=self.counted != "active"
        )
        self.view.setAccessibleName(noun.instead_of_input(shown.words).capitalize())
        self.show_chart(True)
        self._read()

    def _why_not(self) -> str:
        state = self.state
        if state.snapshot is None:
            return NOT_COUNTED
        if state.dataset is None or not state.data_readable:
            return said(state, NO_DATA)
        return MEASURING if self.services.stats.running or state.phase == "idle" else LATER

    def _target(self, config: RunConfig) -> str:
        target = config.target_l0
        if target is None:
            return ""
        share = f"{100 * target / config.n_latents:.3g} %"
        return f"k = {target:.0f}, {share} of the latents" if config.arch in WITH_K else f"ρ = {share}"

    @Slot()
    def _read(self) -> None:
        """Say what the bar under the pointer counts, else what all do."""
        if self.found is None:
            return
        bar = self.view.bar
        text = self._whole() if bar is None else self._of_bar(self.found, bar)
        self.reading.setText(text)
        self.reading.setToolTip(self._whole())
        self.view.setAccessibleDescription(f"{text} Left and Right go from bar to bar.")

    def _of_bar(self, found: Distribution, bar: int) -> str:
        count, total, noun = int(found.counts[bar]), max(1, int(found.counts.sum())), noun_of(self.state)
        share = f"{count / total:.1%}"
        if self.counted == "active":
            latents = "1 active latent" if bar == 1 else f"{bar:,} active latents"
            return f"{latents}: {noun.counted(count)}, {share}"
        low, high = found.edges[bar : bar + 2].tolist()
        if self.counted == "density":
            return f"density {span(low, high)}: {counted_latents(count)}, {share}"
        return f"activation {span(low, high)}: {count:,} times, {share}"

    def _whole(self) -> str:
        found, stats, snapshot = self.found, self.state.stats, self.state.snapshot
        if found is None or stats is None or snapshot is None:
            return ""
        inputs = f"{stats.n_images:,} training {noun_of(self.state).many}"
        total = int(found.counts.sum())
        if self.counted == "active":
            mean = float(stats.active_per_image.mean())
            share = f"{100 * mean / snapshot.n_latents:.3g} %"
            return f"L0 {number(mean)}, {share} of {counted_latents(snapshot.n_latents)}, on {inputs}."
        if self.counted == "density":
            dead = f", {found.left_out:,} dead left out" if found.left_out else ""
            return f"{counted_latents(total)}{dead}, measured on {inputs}."
        return f"{total:,} activations above 0 on {inputs}."
