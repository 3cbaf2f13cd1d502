"""Real data of every kind, from the file to the figures: loaded, trained, opened in the window, looked at, drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from saegui.core import data, figures
from saegui.core.analysis import metrics
from saegui.core.arrays import Shape
from saegui.core.data import adding, registry
from saegui.core.data.added import Added
from saegui.core.data.options import Value, checked
from saegui.core.figures.export_all import PAGE
from saegui.core.runs.run import open_run
from saegui.ui.panels.active.panel import ActivePanel
from saegui.ui.panels.draw.panel import DrawPanel
from saegui.ui.panels.latent.panel import LatentPanel
from saegui.ui.window.main_window import MainWindow
from tests import image_sets, made_up
from tests.core.data import picture_files, sentences
from tests.core.data.tables.writers import WRITERS
from tests.core.networks import onnx_files
from tests.ui.window.by_hand import TIMEOUT, draw

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
Place = tuple[str, Path | None]
"""Name of a data set of the program, and the folder it is read from."""
Make = Callable[[Path, Path], Place]
"""``make(folder, shared)``: writes files into ``folder``, or takes those of ``shared``, the real data beside the checkout."""
Input = Literal["drawn", "typed", "row"]


@dataclass(frozen=True)
class Kind:
    """One kind of data, and what becomes of it."""

    make: Make
    shape: Shape
    fvu: float
    """Share of the variance that is left unexplained, at most; measured, and a tenth more."""
    given: Input = "row"
    """What lights up latents: a drawing, a word that is typed, or the first test row."""
    classes: int = 1
    figures: bool = True
    """Whether every figure is drawn of it; else only the page that sums it up."""
    values: Mapping[str, object] = field(default_factory=dict)
    """How it is trained, where that differs from :func:`tests.made_up.train_on`."""


def built_in(name: str, folder: str = "", **options: Value) -> Make:
    """A data set of the program's own with these options, read from a folder of the real data where it needs one."""

    def make(place: Path, shared: Path) -> Place:
        return adding.name_of(name, options), shared / folder if folder else None

    return make


def file(write: Callable[[Path], Path], **options: Value) -> Make:
    """What a user adds: the file or folder that ``write`` leaves in a new folder."""

    def make(place: Path, shared: Path) -> Place:
        return adding.name_of(str(write(place)), options), None

    return make


def _siblings(place: Path, shared: Path) -> Place:
    image_sets.write("fashion-mnist", place / "fashion")
    return "fashion-mnist", place / "fashion"


def _letters(place: Path) -> Path:
    image_sets.write("emnist-letters", place / "letters", packed=True)
    return place / "letters"


def _patches_of_pictures(place: Path, shared: Path) -> Place:
    folder = picture_files.folder_of(place / "garden", count=12, height=40, width=50)
    options = {"side": 6, "number": 1000}
    return registry.add(Added("patches", folder, checked(data.source("patches").options, options))), None


def _onnx(place: Path) -> Path:
    return onnx_files.write(place / "small.onnx", onnx_files.model())


SAME = {"figures": False}
"""Inputs of the same sort, pictures or rows of numbers, with labels or without, as those of another kind: all figures of one
are drawn."""
WIDE = {"n_latents": 64, "k": 10}
"""For data that are no sums of a few patterns."""
KINDS: dict[str, Kind] = {
    "MNIST": Kind(
        built_in("mnist", "MNIST/raw"),
        (28, 28),
        0.41,
        "drawn",
        10,
        values={"batch_size": 1000, "epochs": 1, **WIDE},
    ),
    "a sibling of MNIST": Kind(_siblings, (28, 28), 0.053, "drawn", 10, **SAME),
    "letters in IDX files": Kind(file(_letters), (28, 28), 0.48, "drawn", 26, **SAME),
    "Olivetti": Kind(built_in("olivetti", "olivetti"), (64, 64), 0.57, classes=40),
    "pictures in colour": Kind(
        file(lambda place: picture_files.folder_of(place / "pets"), colour="colour", kind="photographs"),
        (12, 18, 3),
        0.31,
        classes=3,
    ),
    "patches of the photographs": Kind(built_in("patches", side=6, number=1000), (6, 6), 0.49, values=WIDE),
    "patches of pictures": Kind(_patches_of_pictures, (6, 6), 0.14, **SAME),
    ".npy": Kind(file(WRITERS["npy"]), (24,), 0.103, **SAME),
    ".npz": Kind(file(WRITERS["npz"]), (24,), 0.103, classes=4),
    ".npz of medmnist": Kind(file(WRITERS["medmnist"]), (6, 4, 3), 0.103, classes=4, **SAME),
    ".safetensors": Kind(file(WRITERS["safetensors"]), (24,), 0.103, classes=4, **SAME),
    ".csv": Kind(file(WRITERS["csv"]), (24,), 0.103, classes=4, **SAME),
    ".parquet": Kind(file(WRITERS["parquet_columns"]), (24,), 0.103, classes=4, **SAME),
    "a file of idx2numpy": Kind(file(WRITERS["idx"]), (24,), 0.103, **SAME),
    "cached activations of SAELens": Kind(file(WRITERS["hugging_face"]), (24,), 0.14, **SAME),
    "a text file": Kind(
        file(lambda place: sentences.file_of(place, 300)), (256,), 0.63, "typed", values=WIDE, **SAME
    ),
    "words": Kind(built_in("words", words=1000), (50,), 0.32, "typed", values=WIDE),
    "a layer of the built-in network": Kind(
        built_in("layer", images="digits", steps=120), (128,), 0.14, "drawn", 10, **SAME
    ),
    "a tensor of an ONNX model": Kind(file(_onnx, tensor="relu", images="digits"), (4,), 0.024, "drawn", 10),
}

SLOW = ("MNIST",)
"""All of its 60,000 digits are trained on and measured."""


@pytest.fixture(autouse=True)
def _forget() -> Iterator[None]:
    before = set(registry.SOURCES)
    yield
    for name in set(registry.SOURCES) - before:
        registry.forget(name)


@pytest.mark.parametrize(
    "kind",
    [
        pytest.param(kind, id=name, marks=pytest.mark.slow if name in SLOW else ())
        for name, kind in KINDS.items()
    ],
)
def test_data_of_every_kind_go_from_the_file_to_the_figures(
    kind: Kind,
    qtbot: QtBot,
    tmp_path: Path,
    shared_data: Path,
    make_main_window: Callable[..., MainWindow],
    small_figures: None,
) -> None:
    name, folder = kind.make(tmp_path, shared_data)
    dataset = data.load(name, folder)
    assert dataset.shape == kind.shape and len(dataset.classes) == kind.classes

    path = made_up.train_on(dataset, tmp_path / "run", **kind.values)
    run = open_run(path)
    fvu = metrics.reconstruction(run.latest(), dataset.test_images).fvu
    assert 0 < fvu < kind.fvu

    # As in a program that was started since: the run says where its data are.
    if registry.SOURCES[name].added is not None:
        registry.forget(name)
    window = make_main_window(run=path)
    state = window.state
    qtbot.waitUntil(lambda: state.stats is not None, timeout=TIMEOUT)
    assert state.dataset is not None and state.dataset.name == name
    assert len(state.dataset.classes) == kind.classes

    give(window, kind.given)
    assert state.code is not None and len(state.code.active) > 0, state.input_problem
    assert window.panel(ActivePanel).list.latents == state.code.active.tolist()
    state.select(int(state.code.active[0]))
    assert window.panel(LatentPanel).isVisible()
    window.grab()

    exporter = window.services.exporter
    kinds = None if kind.figures else (PAGE,)
    with qtbot.waitSignal(exporter.saved, timeout=TIMEOUT):
        exporter.save_all(tmp_path / "figures", kinds=kinds, large=True)
    written = {found.name for found in (tmp_path / "figures").iterdir()}
    # Those of several runs have no second one here.
    alone = [name for name, kind in figures.KINDS.items() if not {"other", "seeds", "runs"} & set(kind.needs)]
    if kinds is not None:
        alone = list(kinds)
    stem = window.services.exporter.file_name
    assert written == {
        f"{stem}-{figure}.{ending}"
        for figure in alone
        for ending in ("pdf" if figure == PAGE else "png", "csv")
    }


def give(window: MainWindow, how: Input) -> None:
    """An input, by hand."""
    panel = window.panel(DrawPanel)
    if how == "drawn":
        draw(window, [(0.3, 0.3), (0.7, 0.3), (0.5, 0.8)])
    elif how == "typed":
        QTest.keyClicks(panel.stage.write.field, "the water is cold")
    else:
        QTest.mouseClick(panel.buttons["test-image"], LEFT, NONE, QPoint(8, 12))
