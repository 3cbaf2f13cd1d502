"""A download ends with MNIST in the cache, or with one sentence and nothing at all."""

from __future__ import annotations

import gzip
import hashlib
import time
from pathlib import Path

import numpy as np
import pytest

from saegui.core import data
from saegui.core.data import cache, download
from saegui.core.data.dataset import DatasetInfo
from saegui.core.data.idx_set import MNIST_FILES
from saegui.core.data.sources.mnist_family import MNIST as SET
from saegui.core.errors import Cancelled, DataError
from saegui.core.files import leftovers
from saegui.core.files.paths import HOME_VARIABLE
from tests.core.files.test_leftovers import name_of_a_dead_process
from tests.watched import Watched

FIRST, LAST = f"{MNIST_FILES[0]}.gz", f"{MNIST_FILES[3]}.gz"
SAID = {
    "missing": "HTTP 404",
    "dropped": "broke off after",
    "altered": "MD5",
    "foreign": "MD5",
    "endless": "more than 46,378,888 bytes",
    "silent": "no answer within 0.5 s",
}


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(download, "TIMEOUT", 0.5)


def nothing_in(home: Path) -> bool:
    return not [path for path in home.rglob("*") if path != home / "data"]


def test_the_four_files_end_up_in_the_cache_as_they_are(mirror, own_home, mnist_dir):
    watched = Watched()
    dataset = data.load("mnist", progress=watched)

    original = data.load("mnist", mnist_dir)
    for name in ("train_images", "train_labels", "test_images", "test_labels"):
        np.testing.assert_array_equal(getattr(dataset, name), getattr(original, name))
    assert sorted(
        path.relative_to(own_home).as_posix() for path in own_home.rglob("*") if path.is_file()
    ) == [f"data/mnist/{name}.npy" for name in ("test_images", "test_labels", "train_images", "train_labels")]
    assert [path.name for path in (own_home / "data").iterdir()] == ["mnist"]
    assert data.available("mnist")
    assert mirror.requests == [f"{name}.gz" for name in MNIST_FILES]

    done = watched.done
    assert done == sorted(done)
    assert len(set(done)) > 20
    assert (done[0], done[-1]) == (0, data.DATASETS["mnist"].download_bytes)
    assert {total for _, total, _ in watched.reports} == {data.DATASETS["mnist"].download_bytes}
    assert f"Downloading MNIST: {FIRST} from {mirror.host}" in {text for _, _, text in watched.reports}


@pytest.mark.parametrize(
    ("fault", "file"),
    [*((fault, FIRST) for fault in SAID), *((fault, LAST) for fault in ("dropped", "altered", "silent"))],
)
def test_a_broken_download_is_refused_and_leaves_nothing(fault, file, mirror, own_home, impatient):
    mirror.faults[file] = fault
    with pytest.raises(DataError) as caught:
        data.load("mnist")
    message = str(caught.value)
    for part in (file, mirror.host, SAID[fault], download.remedy_for(SET.info)):
        assert part in message
    assert nothing_in(own_home)
    assert not data.available("mnist")


@pytest.mark.parametrize("fault", ["missing", "dropped", "silent"])
def test_the_next_mirror_is_asked_and_then_preferred(fault, mirror, second_mirror, impatient):
    mirror.faults[FIRST] = fault
    watched = Watched()
    dataset = data.load("mnist", progress=watched)
    assert dataset.train_images.shape == (60_000, 28, 28)
    assert mirror.requests == [FIRST]
    assert len(second_mirror.requests) == 4
    told = [text for text in watched.texts if second_mirror.host in text and FIRST in text]
    assert mirror.host in told[0]
    assert SAID[fault] in told[0]


def test_every_mirror_that_failed_is_named(mirror, second_mirror, own_home):
    mirror.faults[FIRST] = "missing"
    second_mirror.faults[FIRST] = "altered"
    with pytest.raises(DataError, match=rf"{mirror.host}: HTTP 404 .*; {second_mirror.host}: other bytes"):
        data.load("mnist")
    assert nothing_in(own_home)


def test_no_network_is_said(offline, own_home):
    with pytest.raises(DataError, match=r"127.0.0.1:9: Connection refused.* Check the network"):
        data.load("mnist")
    assert nothing_in(own_home)


@pytest.mark.parametrize("address", ["nowhere", "http://[broken/", "gopher://127.0.0.1/"])
def test_an_address_that_is_none_is_said(address, own_home, monkeypatch):
    monkeypatch.setenv(SET.variable, address)
    with pytest.raises(DataError, match="could not be downloaded"):
        data.load("mnist")
    assert nothing_in(own_home)


def test_cancelled_half_way_it_stops_and_leaves_nothing(mirror, own_home):
    watched = Watched(lambda: watched.done[-1:] > [3_000_000])
    with pytest.raises(Cancelled):
        data.load("mnist", progress=watched)
    assert 3_000_000 < watched.done[-1] < 4_000_000
    assert nothing_in(own_home)
    assert not data.available("mnist")


def test_a_mirror_that_does_not_answer_does_not_delay_a_cancel(mirror, own_home, monkeypatch):
    monkeypatch.setattr(download, "TIMEOUT", 60)
    mirror.faults[FIRST] = "silent"
    asked = []

    def cancelled() -> bool:
        if mirror.asked.is_set():
            asked.append(time.perf_counter())
        return bool(asked)

    with pytest.raises(Cancelled):
        data.load("mnist", progress=Watched(cancelled))
    # It would be silent for a minute.
    assert time.perf_counter() - asked[0] < 30
    assert nothing_in(own_home)


def test_the_right_sum_is_not_enough(mirror, monkeypatch, small, idx_bytes, tmp_path):
    packed = gzip.compress(idx_bytes(small[MNIST_FILES[0]]), mtime=0)
    mirror.folder = tmp_path
    for content, word in (
        (packed, r"shape \(30, 28, 28\), but must have \(60000, 28, 28\)"),
        (packed[:-9], "truncated"),
    ):
        (tmp_path / FIRST).write_bytes(content)
        digest = hashlib.md5(content).hexdigest()
        monkeypatch.setattr(
            "torchvision.datasets.MNIST.resources", [(f"{name}.gz", digest) for name in MNIST_FILES]
        )
        with pytest.raises(DataError, match=word):
            data.load("mnist")


def test_torchvision_says_where_and_what(monkeypatch):
    # It brings in half of torch that nothing else needs.
    from torchvision.datasets import MNIST

    monkeypatch.delenv(SET.variable, raising=False)
    assert download.published("MNIST", SET.variable, SET.info) == (MNIST.mirrors, dict(MNIST.resources))
    assert {f"{name}.gz" for name in MNIST_FILES} == dict(MNIST.resources).keys()


@pytest.fixture
def small_disk(mounted, monkeypatch, request):
    """A real disk of the size given, as the home."""
    disk = mounted(request.param)
    monkeypatch.setenv(HOME_VARIABLE, str(disk))
    return disk


@pytest.mark.parametrize("small_disk", ["1m", "48m"], indirect=True)
def test_a_full_disk_is_said_with_what_is_needed_and_leaves_nothing(small_disk, mirror):
    with pytest.raises(DataError) as caught:
        data.load("mnist")
    message = str(caught.value)
    assert f"The disk that holds {small_disk / 'data'} is full" in message
    assert "55 MB" in message
    assert HOME_VARIABLE in message
    assert nothing_in(small_disk)


@pytest.mark.parametrize("small_disk", ["128k"], indirect=True)
def test_the_built_in_digits_need_no_disk(small_disk):
    watched = Watched()
    dataset = data.load("digits", progress=watched)
    assert dataset.train_images.shape == (1438, 28, 28)
    assert "is full" in watched.texts[-1]
    assert nothing_in(small_disk)


def test_a_home_that_cannot_be_written_is_said_before_anything_is_fetched(mirror, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "file" / "home"))
    with pytest.raises(DataError, match=rf"cannot be written .*{HOME_VARIABLE}"):
        data.load("mnist")
    assert mirror.requests == []


def test_what_a_killed_program_left_is_swept_away(tmp_path):
    left = tmp_path / name_of_a_dead_process("other")
    (left / "new").mkdir(parents=True)
    mine = tmp_path / leftovers.name_for("tiny")
    mine.mkdir()
    info = DatasetInfo("tiny", "Tiny", "", (28, 28), 12, 3, ("0", "1"))
    assert cache.read(tmp_path / "tiny", info) is None
    assert [path for path in tmp_path.iterdir() if path.name != "home"] == [mine]
