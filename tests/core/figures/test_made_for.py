"""Figures for a page: as wide as asked, in type that can be read, without a header, and with the caption beside them."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from matplotlib.text import Text
from PIL import Image

from saegui.core.errors import ExportError
from saegui.core.figures import KINDS, Drawn, Subject, draw, paper, render, save
from saegui.core.figures.made_for import LEAST_TYPE, MadeFor, for_width, in_mm

REFLOWED = {
    *(
        "decoder-grid",
        "encoder-grid",
        "curves",
        "reconstruction",
        "activation-pattern",
        "percent-active",
        "latent",
    ),
    *("density-raster", "density-scatter", "latent-map", "matches", "stability"),
    *("density-histogram", "activation-histogram", "code-map"),
    *("mean-curves", "atoms-by-k", "decoder-beside-encoder", "dendrogram", "mean-activation", "top-inputs"),
    *("summary", "mse-by-l0", "explained-variance-by-k", "monosemanticity-by-k", "dead-by-size"),
}
"""Kinds whose layout follows the width; others may need a wide page, and say so."""
COLUMN = MadeFor(for_width("column"), header=False)


def seen(drawn: Drawn) -> list[Text]:
    """All words on the page."""
    found = [text for text in drawn.figure.findobj(Text) if isinstance(text, Text)]
    shown = []
    for axes in drawn.figure.axes:
        for axis in (axes.xaxis, axes.yaxis) if axes.axison else ():
            low, high = sorted(axis.get_view_interval())
            shown += [tick.label1 for tick in axis.get_major_ticks() if low <= tick.get_loc() <= high]
    return [text for text in found if text.get_text() and (text in shown or text in drawn.figure.texts)]


@pytest.mark.parametrize("width", ["column", "page"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_as_wide_as_asked_in_type_that_can_be_read_and_equal_bytes(
    kind: str, width: str, subject: Subject, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = replace(subject, made_for=MadeFor(for_width(width), header=False))
    try:
        drawn = draw(kind, asked)
    except ExportError as error:
        if kind in REFLOWED or "words can be read from a width of" not in str(error):
            raise
        return
    points = drawn.figure.get_size_inches() * 72
    assert points[0] == np.ceil(for_width(width))
    words = seen(drawn)
    assert words
    assert min(text.get_fontsize() for text in words) >= LEAST_TYPE
    if kind != "curves":  # whose legend names it
        assert "my run" not in {text.get_text() for text in words}
    page = drawn.figure.bbox
    for text in words:
        box = text.get_window_extent()
        assert box.x0 >= -0.5 and box.x1 <= page.x1 + 0.5 and box.y0 >= 0 and box.y1 <= page.y1, (
            text.get_text()
        )
    if width == "column":
        again = draw(kind, asked)
        # What differs does so with few dots too.
        monkeypatch.setattr(paper, "DPI", 72)
        # svgz is svg, packed.
        for fmt in ("png", "svg", "pdf"):
            assert render(again, fmt) == render(drawn, fmt), fmt


def test_the_caption_is_inside_the_file_and_beside_it(subject: Subject, tmp_path: Path) -> None:
    title = "100 % & 50_50 \\ {run} 数"
    files = save(
        draw("percent-active", replace(subject, title=title, made_for=COLUMN)), tmp_path / "active 1.png"
    )
    assert [path.suffix for path in files] == [".png", ".csv", ".txt", ".tex"]
    text, tex = (tmp_path / f"active 1{end}" for end in (".txt", ".tex"))
    assert title in text.read_text() and "Latents 12" in text.read_text()
    assert r"\includegraphics{active 1.png}" in tex.read_text()
    assert r"100 \% \& 50\_50 \textbackslash{} \{run\} 数" in tex.read_text()
    assert r"\label{fig:active-1}" in tex.read_text()
    with Image.open(tmp_path / "active 1.png") as image:
        assert image.info["Title"].startswith(title) and "Latents 12" in image.info["Description"]
    assert [path.suffix for path in save(draw("percent-active", subject), tmp_path / "other.pdf")] == [
        ".pdf",
        ".csv",
    ], "with a header the caption is on the figure"


def test_the_caption_of_several_runs_says_what_they_share_and_in_what_they_differ(
    subject: Subject, tmp_path: Path
) -> None:
    save(draw("mse-by-l0", replace(subject, made_for=COLUMN)), tmp_path / "mse.pdf")
    text = (tmp_path / "mse.txt").read_text()
    assert "13 runs on Built-in digits, latents, k, init and seed vary." in text
    assert "Latents 12/24, k 2/4/10" in text and "Batch 256" in text


def test_pages_follow_until_all_latents_are_shown(subject: Subject, tmp_path: Path) -> None:
    made_for = replace(COLUMN, tiles=5, pages=True)
    drawn = draw("decoder-grid", replace(subject, made_for=made_for))
    assert len(drawn.more) == 2 and len(drawn.table.rows) == 12
    files = save(drawn, tmp_path / "grid.png")
    assert {path.name for path in files} >= {"grid.png", "grid-2.png", "grid-3.png"}
    (pdf, *_) = save(drawn, tmp_path / "grid.pdf")
    assert len(re.findall(rb"/Type /Page\b", pdf.read_bytes())) == 3
    assert render(drawn, "pdf") == pdf.read_bytes()


def test_the_first_or_the_chosen_latents_are_shown(subject: Subject) -> None:
    first = draw("decoder-grid", replace(subject, made_for=replace(COLUMN, tiles=3)))
    assert [row[1] for row in first.table.rows] == subject.order()[:3].tolist() and not first.more
    chosen = draw("decoder-grid", replace(subject, made_for=MadeFor(latents=(7, 0, 4))))
    assert [row[1] for row in chosen.table.rows] == [7, 0, 4]


@pytest.mark.parametrize("kind", ["curves", "percent-active", "decoder-grid", "density-raster"])
def test_white_ink_has_no_black_words_and_no_paper(kind: str, subject: Subject) -> None:
    drawn = draw(kind, replace(subject, made_for=MadeFor(ink="white")))
    assert drawn.figure.get_facecolor()[3] == 0
    for text in seen(drawn):
        assert np.mean(text.get_color() if isinstance(text.get_color(), tuple) else 0) > 0.4, text.get_text()
    with Image.open(io.BytesIO(render(drawn, "png"))) as image:
        pixels = np.asarray(image)
    assert pixels[0, 0, 3] == 0
    dark = pixels[..., :3] * (pixels[..., 3:] / 255)
    assert (dark.min(axis=2) > 250).mean() < 0.1, "no sheet of paper is left behind pictures"


@pytest.mark.parametrize(
    ("text", "millimetres"),
    [
        ("85mm", 85),
        ("17 cm", 170),
        ("3.35in", 85.09),
        ("240pt", 84.67),
        ("Page", 170),
        ("50mm", 50),
        ("1000mm", 1000),
    ],
)
def test_widths_are_read_in_any_unit(text: str, millimetres: float) -> None:
    assert for_width(text) * 25.4 / 72 == pytest.approx(millimetres, abs=0.01)
    assert in_mm(for_width("85mm")) == "85 mm"


@pytest.mark.parametrize("text", ["wide", "85", "-3cm", "1e3mm", "", "nan mm", "20mm", "9m"])
def test_other_widths_are_named_with_what_can_be_given(text: str) -> None:
    with pytest.raises(ExportError, match=r"85mm|50mm to 1000mm"):
        for_width(text)


def test_in_grey_the_curves_of_other_runs_have_marks(subject: Subject, drawn: Callable[[str], Drawn]) -> None:
    lines = [line for axes in drawn("curves").figure.axes for line in axes.lines if len(line.get_xdata()) > 2]
    own = [line for line in lines if line.get_marker() in ("", "None", None)]
    assert own and len(own) < len(lines)
