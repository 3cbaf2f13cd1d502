"""Figures as files: every kind in every format, always the same bytes, never half written."""

from __future__ import annotations

import csv
import gzip
import io
import os
import re
import subprocess
import sys
import threading
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import matplotlib
import numpy as np
import pytest
from fontTools import subset
from fontTools.ttLib import TTFont
from PIL import Image

from saegui.core.errors import ExportError
from saegui.core.figures import FILE_TYPES, KINDS, Drawn, Subject, draw, render, save
from saegui.core.figures.export import to_csv
from saegui.core.figures.lean_fonts import LAYOUT
from saegui.core.model import snapshot_file

SVG = "{http://www.w3.org/2000/svg}"
Draw = Callable[[str], Drawn]
Rendered = Callable[[str, str], bytes]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_a_picture_a_drawing_and_a_page(drawn: Draw, rendered: Rendered, kind: str) -> None:
    with Image.open(io.BytesIO(rendered(kind, "png"))) as image:
        assert image.info["Software"] == "saegui"
        pixels = np.asarray(image.convert("RGB"))[::3, ::3]
    colours = pixels.astype(np.int32) @ [1 << 16, 1 << 8, 1]
    assert len(np.unique(colours)) > 20

    words = [text.text or "" for text in ElementTree.fromstring(rendered(kind, "svg")).iter(f"{SVG}text")]
    if "runs" in KINDS[kind].needs:
        assert "13 runs on Built-in digits" in words
        assert any("latents, k, init and seed vary" in line for line in words)
    else:
        assert "my run" in words
        assert any("12 latents · k 4" in line for line in words)

    pdf = rendered(kind, "pdf")
    assert pdf.startswith(b"%PDF-")
    assert pdf.rstrip().endswith(b"%%EOF")
    assert b"/FontFile2" in pdf, "text is embedded as TrueType, so it can be searched and edited"

    table = drawn(kind).table
    rows = list(csv.reader(io.StringIO(to_csv(table), newline="")))
    assert rows[0] == list(table.header)
    assert len(rows) == len(table.rows) + 1 > 1
    assert {len(row) for row in rows} == {len(rows[0])}


@pytest.mark.parametrize("fmt", FILE_TYPES)
def test_a_figure_is_saved_as_it_is_rendered_with_its_numbers_beside_it(
    drawn: Draw, rendered: Rendered, fmt: str, tmp_path: Path
) -> None:
    kind = "percent-active"
    path = tmp_path / f"{kind}.{fmt}"
    assert save(drawn(kind), path) == (path, path.with_suffix(".csv"))
    assert sorted(tmp_path.iterdir()) == sorted([path, path.with_suffix(".csv")])
    assert path.read_bytes() == rendered(kind, fmt)
    assert path.with_suffix(".csv").read_text(encoding="utf-8") == to_csv(drawn(kind).table)
    if fmt == "svgz":
        assert gzip.decompress(path.read_bytes()) == rendered(kind, "svg")


def test_fonts_in_a_pdf_have_the_letters_but_no_rules_of_layout(rendered: Rendered) -> None:
    streams = re.findall(rb"\bstream\r?\n(.*?)\r?\nendstream", rendered("percent-active", "pdf"), re.DOTALL)
    unpacked = [zlib.decompress(stream) for stream in streams if stream[:1] == b"x"]
    fonts = [TTFont(io.BytesIO(stream)) for stream in unpacked if stream.startswith(b"\x00\x01\x00\x00")]
    assert fonts
    for font in fonts:
        assert {"glyf", "hmtx"} <= set(font.keys()) and font["maxp"].numGlyphs > 1
        assert not set(LAYOUT) & set(font.keys())
    assert subset.Subsetter.__module__ == subset.__name__, "only while figures are saved"


@pytest.mark.parametrize("kind", KINDS)
def test_no_words_leave_the_page(drawn: Draw, kind: str) -> None:
    figure = drawn(kind).figure
    page = figure.bbox
    words = list(figure.texts)
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis) if axes.axison else ():
            low, high = sorted(axis.get_view_interval())
            # Ticks beyond the ends of an axis exist, but are not drawn.
            words += [tick.label1 for tick in axis.get_major_ticks() if low <= tick.get_loc() <= high]
    for text in words:
        box = text.get_window_extent()
        inside = box.x0 >= 0 and box.y0 >= 0 and box.x1 <= page.x1 and box.y1 <= page.y1
        assert inside or not text.get_text(), text.get_text()


def test_equal_figures_are_equal_files_in_another_process(subject: Subject, tmp_path: Path) -> None:
    snapshot_file.save(subject.snapshot, tmp_path / "weights.safetensors")
    code = """
import sys
from pathlib import Path
from saegui.core.model import snapshot_file
from saegui.core.figures import Subject, draw, save
folder = Path(sys.argv[1])
drawn = draw("decoder-grid", Subject("my run", snapshot_file.load(folder / "weights.safetensors")))
for suffix in ("png", "svg", "pdf", "svgz"):
    save(drawn, folder / f"there.{suffix}")
"""
    environment = {**os.environ, "PYTHONHASHSEED": "4242"}
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True, env=environment)
    here = draw("decoder-grid", Subject("my run", subject.snapshot))
    for fmt in FILE_TYPES:
        assert (tmp_path / f"there.{fmt}").read_bytes() == render(here, fmt), fmt


def test_the_users_matplotlib_settings_change_nothing_and_are_kept(subject: Subject, drawn: Draw) -> None:
    expected = render(drawn("percent-active"), "svg")
    mine: Any = {"font.size": 30.0, "axes.facecolor": "red", "svg.fonttype": "path", "font.family": ["serif"]}
    with matplotlib.rc_context(mine):
        assert render(draw("percent-active", subject), "svg") == expected
        assert {name: value for name, value in matplotlib.rcParams.items() if name in mine} == mine


def test_threads_may_draw_at_once(subject: Subject, drawn: Draw) -> None:
    kinds = ["decoder-grid", "curves", "percent-active"]
    expected = {kind: render(drawn(kind), "svg") for kind in kinds}
    found: dict[str, bytes] = {}

    def work(kind: str) -> None:
        found[kind] = render(draw(kind, subject), "svg")

    threads = [threading.Thread(target=work, args=(kind,)) for kind in kinds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == expected


@pytest.mark.usefixtures("listed")
def test_names_of_runs_are_words_not_mathematics(subject: Subject) -> None:
    from dataclasses import replace

    title = "cost $5 & <b> 数字 \n" + "long " * 60
    svg = render(draw("decoder-grid", replace(subject, title=title)), "svg")
    words = [text.text or "" for text in ElementTree.parse(io.BytesIO(svg)).iter(f"{SVG}text")]
    assert words[0].startswith("cost $5 & <b> ⟦U+6570 U+5B57⟧ long long")
    assert words[0].endswith("…")


@pytest.mark.parametrize("name", ["figure.gif", "figure", "figure.csv"])
def test_other_suffixes_are_refused(drawn: Draw, tmp_path: Path, name: str) -> None:
    with pytest.raises(
        ExportError, match=rf"{name} cannot be written: end its name in \.png, \.svg, \.pdf or \.svgz"
    ):
        save(drawn("percent-active"), tmp_path / name)
    assert not list(tmp_path.iterdir())
    with pytest.raises(ExportError, match="choose one of png, svg, pdf, svgz"):
        render(drawn("percent-active"), "gif")


def test_the_suffix_may_be_in_capitals(drawn: Draw, tmp_path: Path) -> None:
    save(drawn("percent-active"), tmp_path / "new folder" / "FIGURE.PNG")
    assert (tmp_path / "new folder" / "FIGURE.PNG").read_bytes().startswith(b"\x89PNG")


def test_a_path_may_be_a_text_as_in_a_notebook(drawn: Draw, tmp_path: Path) -> None:
    assert save(drawn("curves"), str(tmp_path / "figure.svg"))[0] == tmp_path / "figure.svg"


def test_a_folder_that_cannot_be_written_is_named(drawn: Draw, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    path = tmp_path / "file" / "figure.png"
    with pytest.raises(ExportError, match="choose another folder") as raised:
        save(drawn("percent-active"), path)
    assert str(path) in str(raised.value)


def test_a_full_disk_leaves_the_old_files(drawn: Draw, tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    path = tmp_path / "figure.png"
    path.write_bytes(b"old picture")
    path.with_suffix(".csv").write_bytes(b"old numbers")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        with pytest.raises(ExportError, match="free some space"):
            save(drawn("percent-active"), path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == {
        "figure.png": b"old picture",
        "figure.csv": b"old numbers",
    }


@pytest.mark.parametrize("taken", ["figure.png", "figure.csv"])
def test_a_folder_in_the_way_of_either_file_leaves_neither(drawn: Draw, tmp_path: Path, taken: str) -> None:
    (tmp_path / taken).mkdir()
    with pytest.raises(ExportError, match=f"{taken} is a folder"):
        save(drawn("decoder-grid"), tmp_path / "figure.png")
    assert [path.name for path in tmp_path.iterdir()] == [taken]
