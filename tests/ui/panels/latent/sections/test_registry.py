"""A new section is one file and one word in the tuple."""

from __future__ import annotations

import importlib.util
import pkgutil
import shutil
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from saegui.app.services import Services
from saegui.ui.panels.latent import sections
from saegui.ui.panels.latent.layout import arrange
from saegui.ui.panels.latent.panel import ROOMY, LatentPanel
from saegui.ui.panels.latent.section import Section
from saegui.ui.panels.latent.sections import registry
from saegui.ui.theme.theme import Theme
from saegui.ui.widgets.text import number
from tests.house import EXAMPLES, House


def test_every_file_of_the_folder_is_in_the_tuple() -> None:
    files = {module.name for module in pkgutil.iter_modules(sections.__path__)} - {"registry"}
    assert {kind.__module__.rsplit(".", 1)[-1] for kind in registry.SECTIONS} == files


def test_names_are_unique_and_the_layout_has_a_place_for_each() -> None:
    names = [kind.name for kind in registry.SECTIONS]
    assert len(set(names)) == len(names)
    # What only data from a network has, and what takes much room, is shown below the others.
    assert set(arrange(340, 420).sections) == {*names} - {"effects", "intervals", "neighbours", "family"}


def placed() -> tuple[type[Section], ...]:
    """The sections that the layout has a place for."""
    known = arrange(340, 420).sections
    return tuple(kind for kind in registry.SECTIONS if kind.name in known)


@pytest.fixture
def example(tmp_path: Path) -> type[Section]:
    """The class in a copy of the example's file."""
    file = tmp_path / "norms.py"
    shutil.copy(EXAMPLES / "section.py", file)
    spec = importlib.util.spec_from_file_location("norms", file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Norms  # type: ignore[no-any-return]


@pytest.mark.parametrize("height", [300, ROOMY + 200])
def test_a_section_from_a_file_is_shown_below_the_others_or_is_a_page_of_its_own(
    qtbot: QtBot,
    services: Services,
    theme: Theme,
    small_run: Path,
    example: type[Section],
    monkeypatch: pytest.MonkeyPatch,
    height: int,
) -> None:
    monkeypatch.setattr(registry, "SECTIONS", (*placed(), example))
    services.library.open(small_run)
    panel = LatentPanel(services, theme)
    qtbot.addWidget(panel)
    panel.resize(380, height)
    with qtbot.waitExposed(panel):
        panel.show()
    services.state.select(3)
    snapshot, section = services.state.snapshot, panel.sections["norms"]
    assert snapshot is not None
    encoder, decoder = snapshot.W_enc[:, 3], snapshot.W_dec[3]
    lengths = np.linalg.norm(encoder), np.linalg.norm(decoder)
    shown = {name: value.text() for name, value in section.values.items()}  # type: ignore[attr-defined]
    assert shown == {
        "encoder": number(float(lengths[0])),
        "decoder": number(float(lengths[1])),
        "cosine": number(float(encoder @ decoder / (lengths[0] * lengths[1]))),
    }
    others = [other for name, other in panel.sections.items() if name != "norms"]
    paged = height < ROOMY
    assert panel.header.pages.isVisible() == paged
    if paged:
        assert not section.isVisible() and panel.sections["pictures"].isVisible()
        button = panel.header.pages.button("norms")
        assert button.text() == "norms" and button.isVisible()
        button.click()
        assert not any(other.isVisible() for other in others)
    else:
        assert all(other.geometry().bottom() < section.geometry().top() for other in others)
    assert section.isVisible()
    assert section.height() >= section.sizeHint().height() > 0
    assert panel.body.rect().contains(section.geometry())
    assert section.geometry().top() > panel.header.geometry().bottom()
    assert panel.area.verticalScrollBar().maximum() == 0


def test_without_further_sections_nothing_scrolls(
    qtbot: QtBot, services: Services, theme: Theme, small_run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "SECTIONS", placed())
    services.library.open(small_run)
    services.state.select(3)
    panel = LatentPanel(services, theme)
    qtbot.addWidget(panel)
    for size in ((280, 306), (340, 420), (1200, 500)):
        panel.resize(*size)
        with qtbot.waitExposed(panel):
            panel.show()
        assert panel.area.verticalScrollBar().maximum() == 0
        assert panel.body.size() == panel.size()


WINDOW = """
from saegui.core.runs.run import STARTER_PATH
from saegui.ui.panels.latent.panel import LatentPanel
from saegui.ui.window.application import make_application, make_window

app = make_application()
window = make_window(run=STARTER_PATH)
window.show()
window.state.select(3)
app.processEvents()
panel = window.panel(LatentPanel)
norms = panel.sections["norms"]
if panel.header.pages.isVisibleTo(window):
    panel.header.pages.button("norms").click()
print(norms.isVisibleTo(window), all(value.text() for value in norms.values.values()))
window.close()
"""


@pytest.mark.slow
def test_a_file_and_a_word_in_the_tuple_are_all_that_a_new_section_needs(tmp_path: Path) -> None:
    house = House(tmp_path)
    folder = "saegui/ui/panels/latent/sections"
    house.add("section.py", f"{folder}/norms.py")
    mark = f"from {folder.replace('/', '.')}.numbers"
    house.edit(f"{folder}/registry.py", mark, mark.replace("numbers", "norms import Norms\n") + mark)
    house.edit(f"{folder}/registry.py", "    Examples,\n)", "    Examples,\n    Norms,\n)")

    assert house.python("-c", WINDOW).splitlines()[-1] == "True True"
    house.python("tools/readme_tables.py")
    shown = "How long a latent's encoder and decoder vectors are"
    assert f"| norms | {shown}" in (house.folder / "docs" / "reference.md").read_text()
