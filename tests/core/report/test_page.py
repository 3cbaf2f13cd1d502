"""The page of a run in a real browser: look through the dictionary by mouse and keys; nothing on it is run or fetched."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from saegui.core.analysis import metrics
from saegui.core.analysis.latent_stats import analyse
from saegui.core.data import Dataset
from saegui.core.data.dataset import NO_LABELS, Items
from saegui.core.errors import Cancelled, ExportError
from saegui.core.figures import KINDS, Subject, missing, paper
from saegui.core.figures.colour_maps import diverging
from saegui.core.report import page
from saegui.core.report.content import content
from tests.browser import Browser, browser
from tests.core.formats.models import model
from tests.core.report.conftest import HOSTILE, LATENT
from tests.watched import Watched

DATA = re.compile(r'<script type="application/json" id="data">(.*?)</script>', re.DOTALL)


@pytest.fixture(scope="module")
def text(subject: Subject) -> str:
    return page.page_of(subject)


@pytest.fixture(scope="module")
def written(text: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report") / "page with #1.html"
    path.write_text(text)
    return path


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browser(tmp_path_factory.mktemp("browser")) as found:
        found.size(1300, 900)
        yield found


def test_equal_runs_give_equal_pages(subject: Subject, text: str, tmp_path: Path) -> None:
    watched = Watched()
    path = page.save(subject, tmp_path / "new" / "page.html", progress=watched)
    assert path.read_text() == text
    done = [report[0] for report in watched.reports]
    assert done == sorted(done) and done[-1] == watched.reports[-1][1]


def test_nothing_of_the_users_becomes_a_part_of_the_page(text: str) -> None:
    class Tags(HTMLParser):
        def __init__(self) -> None:
            super().__init__()
            self.found: list[str] = []
            self.addresses: list[str] = []

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            self.found.append(tag)
            self.addresses += [value or "" for name, value in attrs if name in ("src", "href")]

    tags = Tags()
    tags.feed(text)
    assert tags.found.count("script") == 2
    assert all(address.startswith(("#", "data:image/")) for address in tags.addresses)
    assert "default-src 'none'" in text
    (found,) = DATA.findall(text)
    assert json.loads(found)["title"] == HOSTILE


def test_the_numbers_are_those_of_the_program(subject: Subject) -> None:
    found = content(subject)
    stats, dataset = subject.stats, subject.dataset
    assert stats is not None and dataset is not None
    measured = metrics.evaluate(subject.snapshot, dataset)
    assert ["MSE", paper.number(measured.mse)] in [row[:2] for row in found["metrics"]]
    latents = found["latents"]
    np.testing.assert_allclose(latents["density"], stats.density, rtol=1e-3)
    assert latents["histogram"] == stats.histogram.tolist()
    assert [place for place, dead in enumerate(latents["dead"]) if dead] == np.flatnonzero(
        stats.dead
    ).tolist()
    examples = found["examples"]
    shown = [examples["rows"][place] for place in examples["top"][LATENT]]
    assert shown == [row for row in stats.top[LATENT].tolist() if row >= 0]
    assert dict(row[:2] for row in found["parameters"])["Latents"] == "12"


def test_every_kind_that_can_be_drawn_is_there_unless_the_dictionary_shows_it(
    subject: Subject, text: str
) -> None:
    assert re.findall(r'<figure id="figure-([a-z-]+)">', text) == [
        kind for kind in KINDS if kind in page.kinds() and missing(kind, subject) is None
    ]


def test_the_dictionary_is_looked_through_by_mouse_and_keys(written: Path, chromium: Browser) -> None:
    chromium.open(written)
    title = "document.querySelector('#card .title')?.textContent ?? ''"
    tiles = "[...document.querySelectorAll('.tile')].map((tile) => Number(tile.dataset.latent))"
    assert chromium.value("document.title") == HOSTILE
    by_density = chromium.value(tiles)
    assert sorted(by_density) == list(range(12))
    assert sorted(by_density[-3:]) == [2, 5, 11], "the dead are last"

    chromium.point(f"#tile-{by_density[1]}")
    assert chromium.value(title).startswith(f"#{by_density[1]}")
    chromium.point("h1")
    assert chromium.value(title) == "", "pointing only previews"
    chromium.point(f"#tile-{LATENT}", click=True)
    assert chromium.value(title) == f"#{LATENT} {HOSTILE[:60]} ★"
    assert chromium.value("location.hash") == f"#latent-{LATENT}"
    assert chromium.value("document.querySelectorAll('#card .examples figure').length") == 20
    assert chromium.value("document.querySelectorAll('#card svg rect').length") > 3

    chromium.press("Escape")
    assert chromium.value(title) == ""
    chromium.value(f"document.getElementById('tile-{by_density[0]}').focus()")
    chromium.press("ArrowRight")
    chromium.press("Enter")
    assert chromium.value(title).startswith(f"#{by_density[1]}")

    chromium.press("/")
    chromium.type("#7")
    assert chromium.value(tiles) == [7]
    chromium.press("Escape")
    assert len(chromium.value(tiles)) == 12
    chromium.value("document.getElementById('hide-dead').click()")
    assert len(chromium.value(tiles)) == 9
    for sort, expected in (("index", sorted(set(range(12)) - {2, 5, 11})), ("density", by_density[:9])):
        chromium.value(
            f"(() => {{ const box = document.getElementById('sort'); box.value = '{sort}';"
            "box.dispatchEvent(new Event('change')); })()"
        )
        assert chromium.value(tiles) == expected
    assert chromium.value("window.broken ?? null") is None
    assert chromium.complaints == []


def test_atoms_have_the_colours_of_the_theme(subject: Subject, written: Path, chromium: Browser) -> None:
    atom = subject.snapshot.decoder_images[LATENT]
    limit = paper.weight_limit(subject, subject.snapshot.decoder_images)
    place = np.rint(np.clip(atom / limit, -1, 1) * 127).astype(int) + 127
    # Nothing is drawn, and so nothing opaque, until the sheet of all atoms is decoded.
    pixels = (
        "new Promise((done) => { const look = () => { const canvas = document.querySelector('#card canvas');"
        "const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);"
        "if (data[3] > 0) done([...data]); else setTimeout(look, 10); }; look(); })"
    )
    for scheme, palette in (("light", "RdBu_r"), ("dark", "berlin")):
        chromium.prefer(scheme)
        chromium.open(written, f"#latent-{LATENT}")
        found = np.array(chromium.value(pixels)).reshape(*atom.shape, 4)[..., :3]
        np.testing.assert_array_equal(found, diverging(palette, 255)[place])
    background = "getComputedStyle(document.body).backgroundColor"
    assert chromium.value(background) == "rgb(22, 24, 27)"
    chromium.prefer("light")
    assert chromium.value(background) == "rgb(246, 246, 244)"


@pytest.mark.parametrize("width", [360, 800, 2200])
def test_no_part_is_wider_than_the_window(width: int, written: Path, chromium: Browser) -> None:
    chromium.size(width, 900)
    chromium.open(written, f"#latent-{LATENT}")
    assert chromium.value("document.documentElement.scrollWidth") <= width
    chromium.size(1300, 900)


def test_without_data_the_dictionary_is_there(subject: Subject, chromium: Browser, tmp_path: Path) -> None:
    path = page.save(Subject("bare", subject.snapshot), tmp_path / "bare.html")
    chromium.complaints.clear()
    chromium.open(path, "#latent-3")
    assert chromium.value("document.querySelector('#card .title').textContent") == "#3"
    assert chromium.value("document.querySelectorAll('.tile').length") == 12
    assert chromium.complaints == []


@pytest.mark.parametrize("kind", ["texts", "named numbers", "numbers"])
def test_what_is_no_picture_is_shown_as_texts_numbers_and_lines(
    kind: str, chromium: Browser, tmp_path: Path
) -> None:
    random = np.random.default_rng(0)
    rows = random.normal(size=(60, 6)).astype(np.float32)
    zeros = np.zeros(60, np.uint8)
    words = [f"word {place}" for place in range(60)]
    dataset = Dataset(
        kind,
        f"Some {kind}",
        rows[:40],
        zeros[:40],
        rows[40:],
        zeros[40:],
        NO_LABELS,
        items=Items(words[:40], words[40:]) if kind == "texts" else None,
        axes=("mass", "age", "speed", "width", "depth", "height") if kind == "named numbers" else (),
    )
    made = model(d_in=6, shape=(6,), f=12)
    found = Subject(kind, made, dataset=dataset, stats=analyse(made, dataset))
    chromium.complaints.clear()
    chromium.open(page.save(found, tmp_path / "page.html"), "#latent-4")
    card = chromium.value("document.querySelector('#card').innerText")
    tile = chromium.value("document.querySelector('#tile-4').innerText")
    if kind == "texts":
        assert tile.count("word ") > 1 and card.count("word ") > 5
    elif kind == "named numbers":
        assert all(name in card for name in dataset.axes) and any(name in tile for name in dataset.axes)
    else:
        assert tile.strip() == "#4"
    line = (
        "(() => { const canvas = document.querySelector('#card canvas');"
        "return canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data"
        ".filter((byte, at) => at % 4 == 3 && byte).length; })()"
    )
    assert chromium.value("document.querySelector('#card canvas').width") == 240
    assert chromium.value(line) > 400
    assert chromium.complaints == []


def test_other_endings_and_giving_up_leave_nothing(subject: Subject, tmp_path: Path) -> None:
    with pytest.raises(ExportError, match=r"end its name in \.html or \.htm"):
        page.save(subject, tmp_path / "page.pdf")
    with pytest.raises(Cancelled):
        page.save(subject, tmp_path / "page.html", progress=Watched(lambda: True))
    assert not list(tmp_path.iterdir())


def test_a_thousand_latents_are_a_page_that_can_be_sent_around(subject: Subject) -> None:
    small, dataset = subject.snapshot, subject.dataset
    assert dataset is not None
    rng = np.random.default_rng(0)
    big = replace(
        small,
        config=small.config.model_copy(update={"n_latents": 1024}),
        W_enc=rng.normal(size=(small.d_in, 1024)).astype(np.float32),
        b_enc=np.zeros(1024, np.float32),
        W_dec=rng.normal(size=(1024, small.d_in)).astype(np.float32),
        density=np.zeros(1024, np.float32),
    )
    found = content(Subject("big", big, dataset=dataset, stats=analyse(big, dataset)))
    assert len(json.dumps(found)) < 11_000_000
