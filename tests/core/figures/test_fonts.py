"""Names in any script: drawn with a font that has their letters, or in numbers that keep them apart."""

from __future__ import annotations

import io
import logging
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from hypothesis import given
from hypothesis import strategies as st
from matplotlib import font_manager
from PIL import Image

from saegui.core.figures import Subject, draw, fonts, paper, render
from saegui.core.runs.overlay import Overlay
from tests.core.figures.conftest import forget_fonts

SVG = "{http://www.w3.org/2000/svg}"
DRAWN, LACKING = "漢字", "語"
"""What the fonts that are made here have, and what no font here has."""


def make_font(path: Path, family: str, letters: str, weight: int = 400, blank: bool = False) -> Path:
    """A font whose letters are filled squares, each wider than the one before."""
    builder = FontBuilder(1000)
    names = [f"letter{ord(letter):x}" for letter in letters]
    builder.setupGlyphOrder([".notdef", *names])
    builder.setupCharacterMap(dict(zip(map(ord, letters), names, strict=True)))
    glyphs = {}
    for place, name in enumerate([".notdef", *names]):
        pen = TTGlyphPen(None)
        if name in names and not blank:
            pen.moveTo((50, 0))
            for x, y in ((50, 800), (200 + 300 * place, 800), (200 + 300 * place, 0)):
                pen.lineTo((x, y))
            pen.closePath()
        glyphs[name] = pen.glyph()
    builder.setupGlyf(glyphs)
    builder.setupHorizontalMetrics(dict.fromkeys(glyphs, (1200, 50)))
    builder.setupHorizontalHeader(ascent=900, descent=-200)
    builder.setupNameTable({"familyName": family, "styleName": "Regular"})
    builder.setupOS2(usWeightClass=weight)
    builder.setupPost()
    builder.save(path)
    return path


def words_of(svg: bytes) -> list[tuple[str, str]]:
    found = ElementTree.parse(io.BytesIO(svg)).iter(f"{SVG}text")
    return [(text.text or "", text.get("style", "")) for text in found]


def ink(subject: Subject, title: str) -> int:
    """Dark pixels of the title's line."""
    with Image.open(io.BytesIO(render(draw("decoder-grid", replace(subject, title=title)), "png"))) as made:
        return int((np.asarray(made.convert("L"))[30:90] < 128).sum())


def test_a_name_is_drawn_with_the_installed_font_that_has_its_letters(
    listed: list[font_manager.FontEntry], tmp_path: Path, subject: Subject, caplog: pytest.LogCaptureFixture
) -> None:
    for family, letters, blank in (("Made Sans", DRAWN, False), ("A Blank", DRAWN + LACKING, True)):
        font_manager.fontManager.addfont(make_font(tmp_path / f"{family}.ttf", family, letters, blank=blank))
    forget_fonts()
    assert fonts.written(f"run {DRAWN}") == (f"run {DRAWN}", (fonts.USUAL, "Made Sans"), False)
    assert fonts.written("plain") == ("plain", (fonts.USUAL,), False)
    titled = replace(subject, title=f"run {DRAWN}")
    with caplog.at_level(logging.WARNING):
        svg = render(draw("decoder-grid", titled), "svg")
        for kind in ("png", "pdf"):
            assert render(draw("decoder-grid", titled), kind) == render(draw("decoder-grid", titled), kind)
        assert ink(subject, f"run {DRAWN}") > ink(subject, "run") + 1000
    assert not caplog.records, "no font of the title's weight is no reason to complain"
    (name, style), *_ = words_of(svg)
    assert name == f"run {DRAWN}"
    assert "Made Sans" in style
    assert not any("U+" in words for words, _ in words_of(svg))


def test_of_several_fonts_the_fewest_are_taken_and_then_the_first_by_name(
    listed: list[font_manager.FontEntry], tmp_path: Path
) -> None:
    made = (("Z All", DRAWN + LACKING), ("B Two", DRAWN), ("A Two", DRAWN), ("C One", LACKING))
    for family, letters in made:
        font_manager.fontManager.addfont(make_font(tmp_path / f"{family}.ttf", family, letters))
    for expected in ("Z All",), ("A Two", "C One"), ("B Two", "C One"):
        forget_fonts()
        assert fonts.written(DRAWN + LACKING).families == (fonts.USUAL, *expected)
        listed[:] = [entry for entry in listed if entry.name != expected[0]]


def test_a_font_that_was_installed_since_is_found(
    listed: list[font_manager.FontEntry], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken.ttf").write_bytes(b"no font")
    files = [str(tmp_path / "broken.ttf"), str(make_font(tmp_path / "new.otf", "New Sans", DRAWN, 500))]
    monkeypatch.setattr(font_manager, "findSystemFonts", lambda: files)
    assert fonts.written(DRAWN).families == (fonts.USUAL, "New Sans")


def test_letters_that_no_font_has_are_numbered_and_a_sentence_says_so(
    listed: list[font_manager.FontEntry], subject: Subject
) -> None:
    svg = render(draw("decoder-grid", replace(subject, title=f"run {DRAWN}!")), "svg")
    shown = [words for words, _ in words_of(svg)]
    assert "run ⟦U+6F22 U+5B57⟧!" in shown
    assert shown.count(fonts.NOTE) == 1
    assert "□" not in "".join(shown)


@given(st.text(max_size=6), st.text(max_size=6))
def test_two_names_are_never_written_alike(one: str, other: str) -> None:
    same = " ".join(one.split()) == " ".join(other.split())
    assert (fonts.written(one).text == fonts.written(other).text) is same


@pytest.mark.parametrize("letters", ["漢字", "long and longer "])
def test_equal_names_of_runs_and_classes_are_told_apart(subject: Subject, letters: str) -> None:
    """Also those that are equal as far as there is room."""
    assert subject.history is not None
    assert subject.dataset is not None
    titles = [letters * 40 + end for end in ("a", "b", "b")]
    own, *others = titles
    overlays = tuple(
        Overlay(Path(str(place)), name, subject.history, place=place)
        for place, name in enumerate(others, start=1)
    )
    figure = draw("curves", replace(subject, title=own, overlays=overlays)).figure
    legend = [text.get_text() for text in figure.texts if text.get_text().endswith((" (1)", " (2)", " (3)"))]
    assert len(legend) == len(set(legend)) == 3
    names = tuple(f"{letters * 8}{place}" for place in range(10))
    figure = draw("latent", replace(subject, dataset=replace(subject.dataset, classes=names))).figure
    below = [
        label.get_text()
        for axes in figure.axes
        for label in axes.get_xticklabels()
        if label.get_text().endswith(")")
    ]
    assert len(below) == len(set(below)) == 10


def test_a_name_is_as_wide_as_what_is_drawn_of_it(
    listed: list[font_manager.FontEntry], tmp_path: Path
) -> None:
    numbers = paper.text_width(DRAWN)
    font_manager.fontManager.addfont(make_font(tmp_path / "made.ttf", "Made Sans", DRAWN))
    forget_fonts()
    assert paper.text_width(DRAWN, size=10) == pytest.approx(24, abs=1), "letters 1.2 em wide"
    assert numbers > 2 * paper.text_width(DRAWN)
