"""The neighbours of a latent and its family: in the order of what was measured, previewed, selected and filtered by."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from saegui.app.services import Services
from saegui.core.analysis import kept_arrays
from saegui.core.analysis.coactivation import N_NEAREST, coactivation
from saegui.core.analysis.input_codes import input_codes
from saegui.core.analysis.nearest_latents import COUNTED, Measure, nearest
from saegui.core.analysis.sort_keys import cosines
from saegui.core.data import Dataset
from saegui.ui.panels.latent.latent_thumbs import LINE, TILE
from saegui.ui.panels.latent.panel import LatentPanel
from saegui.ui.panels.latent.sections.family import FIND, SHOW, SHOW_ALL, WHO, FamilySection
from saegui.ui.panels.latent.sections.neighbours import MEASURE, Neighbours
from saegui.ui.theme.theme import Theme
from tests.pointer import move

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def panel(qtbot: QtBot, services: Services, theme: Theme, small_run: Path, digits: Dataset) -> LatentPanel:
    services.library.open(small_run)
    services.state.set_dataset(digits)
    qtbot.waitUntil(lambda: services.state.stats is not None)
    made = LatentPanel(services, theme)
    qtbot.addWidget(made)
    made.resize(420, 1300)
    with qtbot.waitExposed(made):
        made.show()
    assert services.state.stats is not None
    services.state.select(int(services.state.stats.density.argmax()))
    return made


def neighbours(panel: LatentPanel) -> Neighbours:
    found = panel.sections["neighbours"]
    assert isinstance(found, Neighbours) and found.isVisible()
    return found


def family(panel: LatentPanel) -> FamilySection:
    found = panel.sections["family"]
    assert isinstance(found, FamilySection) and found.isVisible()
    return found


def choose(section: Neighbours, measure: Measure) -> None:
    section.measures.setCurrentIndex(section.measures.findData(measure))
    section.measures.activated.emit(section.measures.currentIndex())


def test_latents_are_larger_where_all_of_them_have_room(panel: LatentPanel) -> None:
    thumbs = neighbours(panel).thumbs
    assert thumbs.rect_of(0).width() == TILE, "below other sections"
    for size, larger in (((430, 220), False), ((850, 380), True)):
        panel.resize(*size)
        panel.header.pages.button("neighbours").click()
        QApplication.processEvents()
        places = [thumbs.rect_of(place) for place in range(len(thumbs.shown))]
        assert (places[0].width() > TILE) is larger, size
        assert all(thumbs.rect().contains(place.adjusted(0, 0, 0, LINE)) for place in places), size
        assert not any(one.intersects(other) for one, other in combinations(places, 2)), size
        assert not larger or thumbs.shown == thumbs.thumbs


def test_neighbours_are_those_of_the_measure_and_their_values_stand_below_them(
    qtbot: QtBot, services: Services, panel: LatentPanel, digits: Dataset
) -> None:
    section, snapshot, latent = neighbours(panel), services.state.snapshot, services.state.selected
    assert snapshot is not None and latent is not None
    together = coactivation(input_codes(snapshot, digits))
    for measure in ("decoder", "encoder", "jaccard", "pearson"):
        choose(section, measure)
        expected = nearest(measure, snapshot, latent, together)
        qtbot.waitUntil(lambda: bool(section.thumbs.thumbs) and section.missing.isHidden())
        shown = [(thumb.latent, thumb.value) for thumb in section.thumbs.thumbs]
        assert shown == [(other, f"{value:.2f}".replace("-", "−")) for other, value in expected]
        assert (
            services.settings.get(MEASURE) == measure and section.title.text() == f"Neighbours of #{latent}"
        )
        if measure not in COUNTED:
            values = cosines(snapshot, latent, "encoder" if measure == "encoder" else "decoder")
            assert len(shown) == min(N_NEAREST, snapshot.n_latents - 1) and latent not in dict(shown)
            assert expected[0][1] == pytest.approx(np.sort(values)[-2])


def test_pointing_previews_without_moving_them_and_a_click_selects(
    qtbot: QtBot, services: Services, panel: LatentPanel
) -> None:
    section, state = neighbours(panel), services.state
    before = section.thumbs.thumbs
    first = state.selected
    move(section.thumbs, section.thumbs.rect_of(2).center())
    qtbot.waitUntil(lambda: state.hovered == before[2].latent)
    assert panel.latent == before[2].latent and section.thumbs.thumbs == before
    assert family(panel).latent == first
    assert f"#{before[2].latent}" in section.thumbs.tip_of(2) and "decoder cosine" in section.thumbs.tip_of(2)
    move(panel.header, QPoint(2, 2))
    qtbot.waitUntil(lambda: state.hovered is None)
    section.thumbs.setFocus()
    qtbot.keyClick(section.thumbs, Qt.Key.Key_Right)
    assert state.hovered == before[1].latent
    qtbot.keyClick(section.thumbs, Qt.Key.Key_Left)
    qtbot.keyClick(section.thumbs, Qt.Key.Key_Return)
    assert state.selected == before[0].latent
    after = section.thumbs.thumbs
    assert after != before
    qtbot.mouseClick(section.thumbs, LEFT, pos=section.thumbs.rect_of(1).center())
    assert state.selected == after[1].latent
    services.looked_at.go(-1)
    assert state.selected == before[0].latent and section.thumbs.thumbs == after
    # The menu of the right button is that of the latent that it is on.
    assert section.thumbs.choose(section.thumbs.rect_of(3).center()) is not None
    assert state.selected == after[3].latent


def test_the_family_is_listed_and_filters_the_grid(
    qtbot: QtBot, services: Services, panel: LatentPanel
) -> None:
    section, control = family(panel), services.coactivation
    qtbot.waitUntil(lambda: control.found is not None)
    assert control.found is not None and services.state.density is not None
    sizes = np.bincount(control.found.family)
    largest = int(sizes.argmax())
    services.state.select(largest)
    members = set(control.found.members(largest).tolist())
    assert len(members) > 1 and {thumb.latent for thumb in section.thumbs.thumbs} == members
    assert section.members == sorted(members, key=lambda each: -services.state.density[each])
    assert (
        section.title.text() == f"Family of #{largest}: {len(members)} latents"
        and section.button.text() == SHOW
    )
    qtbot.mouseClick(section.button, LEFT)
    wanted = services.filter.value.family
    assert wanted is not None and wanted.members == members and wanted.latent == largest
    assert section.button.text() == SHOW_ALL
    qtbot.mouseClick(section.button, LEFT)
    assert services.filter.value.family is None
    # A dead latent, or one that is rarely active with any other, is in no family.
    alone = np.flatnonzero(sizes[control.found.family] == 1)
    if len(alone):
        services.state.select(int(alone[0]))
        assert section.title.text() == f"#{alone[0]} is in no family." and section.button.isHidden()


def test_what_takes_long_is_counted_when_it_is_asked_for(
    qtbot: QtBot, services: Services, panel: LatentPanel, monkeypatch: pytest.MonkeyPatch
) -> None:
    qtbot.waitUntil(lambda: not services.jobs.running)
    monkeypatch.setattr(kept_arrays, "WORTH", 0)
    state, control, section = services.state, services.coactivation, family(panel)
    assert state.snapshot is not None
    state.set_snapshot(replace(state.snapshot, step=state.snapshot.step + 1))
    assert not control.running and control.found is None
    assert section.button.text() == FIND and not section.thumbs.thumbs
    qtbot.mouseClick(section.button, LEFT)
    assert control.running and section.title.text() == "Counting which latents are active together…"
    qtbot.waitUntil(lambda: control.found is not None)
    assert section.members
    # Other weights: what runs for those before is given up, and nothing begins by itself.
    state.set_snapshot(replace(state.snapshot, step=state.snapshot.step + 2))
    assert not control.running and not section.members
    choose(neighbours(panel), "jaccard")
    assert control.running and neighbours(panel).missing.isVisible()
    panel.hide()
    assert not control.running


def test_without_inputs_neighbours_by_weights_are_still_there(services: Services, panel: LatentPanel) -> None:
    services.state.set_dataset(None)
    assert len(neighbours(panel).thumbs.thumbs) == 23 and not panel.sections["family"].isVisible()
    choose(neighbours(panel), "pearson")
    assert neighbours(panel).missing.text().startswith("This needs the training images: load them")


def test_why_there_is_no_family_is_said_in_full(panel: LatentPanel, services: Services) -> None:
    panel.resize(400, 220)
    panel.header.pages.button("family").click()
    section = family(panel)
    services.coactivation.want(WHO, False)
    services.state.set_phase("training")
    assert services.state.snapshot is not None
    services.state.set_snapshot(replace(services.state.snapshot, step=services.state.snapshot.step + 1))
    title = section.title
    assert title.text() == "Latents that are active together are counted when the training pauses."
    assert title.fontMetrics().horizontalAdvance(title.text()) > title.width()
    assert title.wordWrap() and title.heightForWidth(title.width()) <= title.height()
    services.state.set_phase("idle")
