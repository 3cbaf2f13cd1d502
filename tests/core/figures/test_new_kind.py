"""A new kind of figure is one file and one word; it appears everywhere that figures do."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from saegui.core.runs.run import STARTER_PATH, open_run
from tests.house import House

WINDOW = """
import sys
from pathlib import Path
from PySide6.QtCore import QEventLoop
from saegui.core.runs.run import STARTER_PATH
from saegui.ui.window.application import make_application, make_window

app = make_application()
window = make_window(run=STARTER_PATH)
window.show()
button = window.docks["features"].bar.export
print([action.text() for action in button.menu().actions()])
window.services.exporter.focus("encoder-norms")
print(window.services.exporter.offered)
job = window.services.exporter.save_all(Path(sys.argv[1]))
loop = QEventLoop()
job.done.connect(loop.quit)
job.failed.connect(loop.quit)
loop.exec()
window.close()
"""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    """The program with the example, which the feature panel offers for export."""
    house = House(tmp_path_factory.mktemp("figures"))
    house.add("figure.py", "saegui/core/figures/encoder_norms.py")
    # What a figure shows is the same with fewer dots an inch, and it is saved in less time.
    house.edit("saegui/core/figures/paper.py", "DPI = 288", "DPI = 72")
    registry = "saegui/core/figures/registry.py"
    house.edit(registry, "    encoder_grid,\n    e", "    encoder_grid,\n    encoder_norms,\n    e")
    house.edit(registry, "        latent,\n    )", "        latent,\n        encoder_norms,\n    )")
    panel = "saegui/ui/panels/features/panel.py"
    house.edit(
        panel, '("decoder-grid", "encoder-grid", ', '("decoder-grid", "encoder-grid", "encoder-norms", '
    )
    return house


@pytest.mark.slow
def test_the_command_line_lists_and_draws_it(house: House) -> None:
    assert "encoder-norms: encoder norms" in " ".join(house.saegui("figure", "--help").split())
    house.saegui("figure", "starter", "--kind", "encoder-norms", "--out", "norms.svg")
    with (house.folder / "norms.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    weights = open_run(STARTER_PATH).latest().W_enc
    assert len(rows) == weights.shape[1]
    for row in rows:
        expected = float(np.sqrt(np.square(weights[:, int(row["latent"])]).sum()))
        assert float(row["length"]) == pytest.approx(expected, rel=1e-5)
    lengths = [float(row["length"]) for row in rows]
    assert lengths == sorted(lengths, reverse=True)
    assert "Encoder norms" in (house.folder / "norms.svg").read_text()


@pytest.mark.slow
def test_the_window_offers_it_and_exports_it_with_all_others(house: House, tmp_path: Path) -> None:
    menu, offered = house.python("-c", WINDOW, str(tmp_path / "all")).splitlines()[-2:]
    assert menu.startswith("['Decoder grid…', 'Encoder grid…', 'Encoder norms…', ")
    assert offered == "encoder-norms"
    names = {path.name for path in (tmp_path / "all").iterdir()}
    assert {"starter-encoder-norms.png", "starter-encoder-norms.csv"} <= names


@pytest.mark.slow
def test_the_reference_has_a_row_for_it(house: House) -> None:
    house.python("tools/readme_tables.py")
    about = "How long the encoder vector of every latent is, the longest first."
    assert f"| `encoder-norms` | {about} |" in (house.folder / "docs" / "reference.md").read_text()
