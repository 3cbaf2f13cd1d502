"""The rows of active latents, ranked by activation, by quantile, and by what the error grows without the latent."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QFont, QFontMetricsF
from pytestqt.qtbot import QtBot

from saegui.app.services import Services
from saegui.core.analysis.contributions import ablation_costs
from saegui.core.config.kinds import with_kind
from saegui.core.config.schema import make
from saegui.core.data import Dataset
from saegui.core.model.snapshot import to_input
from saegui.core.runs.run import open_run
from saegui.ui.panels.active.panel import ActivePanel
from saegui.ui.panels.active.places import NAMED_COLUMN
from saegui.ui.panels.active.row_paint import SMALL_BAR, RowPaint, Shown, after_number, tile_side
from saegui.ui.theme.theme import Theme
from saegui.ui.theme.tokens import UNIT
from saegui.ui.widgets.meanings import Meaning

TIMEOUT = 10_000


@pytest.fixture
def panel(qtbot: QtBot, services: Services, theme: Theme, small_run: Path, digits: Dataset) -> ActivePanel:
    services.library.open(small_run)
    services.state.set_dataset(digits)
    made = ActivePanel(services, theme)
    qtbot.addWidget(made)
    made.resize(620, 260)
    with qtbot.waitExposed(made):
        made.show()
    return made


def test_rows_stand_in_the_order_of_the_number_that_is_shown_beside_them(
    panel: ActivePanel, digits: Dataset, qtbot: QtBot
) -> None:
    state, rows, button = panel.state, panel.list, panel.header.rank
    state.set_image(digits.test_images[3], "test image 3")
    assert state.code is not None and state.snapshot is not None and rows.shown is not None
    z, by_value = state.code.z, state.code.active.tolist()
    assert rows.latents == by_value and button.text() == "by activation"
    # The keyboard reaches the button, and Space opens its menu.
    assert button.focusPolicy() & Qt.FocusPolicy.TabFocus and button.menu() is not None
    # By what the error of this image grows without each.
    button.actions_of["effect"].trigger()
    costs = ablation_costs(state.snapshot, digits.test_images[3], z, np.arange(len(z)))
    assert rows.latents == sorted(by_value, key=lambda latent: -costs[latent])
    assert rows.shown.rank == "effect" and button.text() == "by ΔMSE"
    assert [rows.shown.value(latent) for latent in rows.latents] == pytest.approx(
        costs[rows.latents].tolist()
    )
    assert "ΔMSE" in rows.accessibleName() and button.accessibleName() == "Ranked by ΔMSE"
    # By quantile, once the training images are encoded; activations are shown, and said, until then.
    button.actions_of["quantile"].trigger()
    assert rows.latents == by_value and button.text() == "by activation (waits)"
    assert "Encoding the training images" in button.toolTip()
    qtbot.waitUntil(lambda: rows.shown is not None and rows.shown.rank == "quantile", timeout=TIMEOUT)
    trained = state.snapshot.encode(to_input(digits.train_images))
    shares = [float((trained[trained[:, j] > 0, j] <= z[j]).mean()) for j in range(len(z))]
    found = [shares[latent] for latent in rows.latents]
    assert found == sorted(found, reverse=True) and button.text() == "by quantile"
    assert [rows.shown.value(latent) for latent in rows.latents] == pytest.approx(found)
    assert rows.shown.number(rows.latents[0]) == f"{found[0]:.3f}"
    # The same for a drawing.
    state.set_strokes([np.array([[0.3, 0.2], [0.7, 0.2], [0.4, 0.8]])])
    assert state.code is not None and rows.shown.rank == "quantile"
    assert rows.row_rect(0).top() == 0
    # Sliders and the sum are of activations; the list is as it was when it comes back.
    panel.set_view("steer")
    assert rows.latents == state.code.active.tolist() and not button.isVisible()
    assert rows.shown.rank == "activation"
    panel.set_view("list")
    assert rows.shown.rank == "quantile" and button.isVisible()
    # It is remembered.
    again = ActivePanel(panel.services, panel.theme)
    qtbot.addWidget(again)
    assert again.list.rank == "quantile" and again.header.rank.actions_of["quantile"].isChecked()


def test_where_quantiles_cannot_be_measured_it_is_said_why(
    panel: ActivePanel, digits: Dataset, qtbot: QtBot
) -> None:
    panel.state.set_image(digits.test_images[3], "test image 3")
    panel.state.set_dataset(None)
    said: list[str] = []
    panel.state.notice.connect(lambda level, sentence, about: said.append(sentence))
    panel.header.rank.actions_of["quantile"].trigger()
    assert said and "load them in the panel Latent" in said[0]
    assert panel.list.shown is not None and panel.list.shown.rank == "activation"
    # What waited is measured as soon as there are data.
    panel.state.set_dataset(digits)
    qtbot.waitUntil(
        lambda: panel.list.shown is not None and panel.list.shown.rank == "quantile", timeout=TIMEOUT
    )


def test_a_negative_activation_lies_beside_its_bar_and_not_on_it(small_run: Path, digits: Dataset) -> None:
    """However small a list is: for PCA even the strongest may be below zero."""
    from sklearn.decomposition import PCA

    config = make(with_kind({"arch": "pca", "dataset": "digits", "n_latents": 16}))
    found = PCA(16).fit(to_input(digits.train_images))
    model = replace(
        open_run(small_run).latest(),
        config=config,
        W_dec=found.components_.astype(np.float32),
        W_enc=found.components_.astype(np.float32).T.copy(),
        b_enc=np.zeros(16, np.float32),
        b_dec=found.mean_.astype(np.float32),
    )
    z = -np.abs(model.encode(to_input(digits.test_images[:1]))[0])
    order = np.argsort(z)
    shown = Shown(model, order, z, 1.0, z)
    font, area = QFont(), QRect(0, 0, 190, 30)
    groove = RowPaint(font).groove(shown, area)
    font.setWeight(QFont.Weight.DemiBold)
    width = QFontMetricsF(font).horizontalAdvance(shown.number(int(order[0])))
    assert shown.number(int(order[0])).startswith("−") and shown.share(int(order[0])) == 1
    assert groove.right() + UNIT < area.right() + 1 - after_number(shown, area) - width


def test_the_text_that_names_a_latent_comes_before_its_contribution_in_a_narrow_row(small_run: Path) -> None:
    model = open_run(small_run).latest()
    z = np.linspace(1, 0.1, model.n_latents).astype(np.float32)
    plain = Shown(model, np.arange(4), z, 1.0, z)
    named = replace(plain, meaning=Meaning(texts=lambda latent: ["electricity"]))
    font, narrow, wide = QFont(), QRect(0, 0, 197, 18), QRect(0, 0, NAMED_COLUMN, 30)
    needed = QFontMetricsF(font).horizontalAdvance("#3 electricity")
    room = RowPaint(font).groove(named, narrow).left() - tile_side(narrow.height())
    assert room >= needed and RowPaint(font).groove(named, narrow).width() >= SMALL_BAR
    assert after_number(named, narrow) < after_number(plain, narrow) == after_number(named, wide)


def test_the_button_of_ranks_says_something_however_narrow_the_panel_is(
    panel: ActivePanel, digits: Dataset
) -> None:
    panel.state.set_image(digits.test_images[3], "test image 3")
    header, button = panel.header, panel.header.rank
    assert header.isVisible()
    said = []
    for width in (520, header.minimumSizeHint().width() + 22, header.minimumSizeHint().width()):
        header.resize(width, header.height())
        said.append(button.text())
    assert said == ["by activation", "act.", "↓"]
    panel.set_rank("effect")
    assert button.text(), "another rank is named, too"
