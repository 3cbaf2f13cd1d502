"""MNIST comes from the folder, the cache or the network, in this order; the built-in digits always come."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saegui.core import data
from saegui.core.data import cache
from saegui.core.data.dataset import NO_LABELS, Arrays, DatasetInfo
from saegui.core.data.sources import digits
from saegui.core.data.sources.mnist_family import MNIST
from saegui.core.data.split import stratified
from saegui.core.errors import Cancelled, DataError
from saegui.core.progress import UNWATCHED
from tests.watched import Watched

HEAVY = ("torch", "torchvision", "sklearn", "scipy", "matplotlib", "PIL", "PySide6")


@pytest.fixture(scope="module")
def prepared():
    return digits.prepare(UNWATCHED)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    """A cache of a few images: its folder, what is known of it, and what it holds."""
    info = DatasetInfo("tiny", "Tiny", "", (28, 28), 12, 3, ("0", "1"))
    arrays = Arrays(*(np.zeros(shape, np.uint8) for shape in info.shapes.values()))
    folder = tmp_path_factory.mktemp("cache") / "tiny"
    cache.store(folder, info, arrays)
    return folder, info, arrays


@pytest.fixture
def own_cache(prepared, own_home):
    cache.store(digits.cache_folder(), digits.INFO, prepared)
    return digits.cache_folder()


def in_a_new_process(code: str) -> dict:
    """What ``code`` leaves in ``result``, with the heavy modules that it imported."""
    code = (
        f"import json, sys\nresult = {{}}\n{code}\n"
        f"result['heavy'] = [name for name in {HEAVY} if name in sys.modules]\nprint(json.dumps(result))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def damage_told(found) -> str:
    with pytest.raises(DataError) as caught:
        cache.read(found, MNIST.info)
    return str(caught.value)


class TestCache:
    def test_a_later_start_maps_it_and_imports_nothing_heavy(self, cached):
        found = in_a_new_process(
            "from saegui.core import data\n"
            "dataset = data.load('mnist')\n"
            "result['shape'] = dataset.train_images.shape"
        )
        assert found["heavy"] == []
        assert found["shape"] == [60_000, 28, 28]

    def test_it_is_mapped_and_nobody_can_write_to_it(self, cached):
        dataset = data.load("mnist")
        for name in Arrays._fields:
            array = getattr(dataset, name)
            assert type(array) is np.ndarray
            assert isinstance(array.base, np.memmap)
            with pytest.raises(ValueError, match="read-only"):
                array[0] = 1
        assert dataset.classes == tuple("0123456789")
        assert (dataset.name, dataset.title) == ("mnist", "MNIST")

    @pytest.mark.parametrize(
        ("name", "content", "word"),
        [
            ("train_images", None, "is missing"),
            ("train_images", b"", "is damaged"),
            ("train_images", bytes(47_040_128), "is damaged"),
            ("test_labels", np.zeros(10_000, np.float32), r"float32 (10000,), but must be uint8 (10000,)"),
            (
                "test_images",
                np.zeros((10_000, 32, 32), np.uint8),
                "(10000, 32, 32), but must be uint8 (10000, 28, 28)",
            ),
            ("test_images", np.zeros((28, 28, 10_000), np.uint8).T, "is damaged"),
            ("test_labels", np.full(10_000, 200, np.uint8), "a label is above 9"),
            ("test_labels", np.array([{}] * 10_000), "is damaged"),
        ],
    )
    def test_a_damaged_file_is_named(self, cached, name, content, word):
        path = cached / f"{name}.npy"
        path.unlink()
        if isinstance(content, bytes):
            path.write_bytes(content)
        elif content is not None:
            np.save(path, content, allow_pickle=True)
        message = damage_told(cached)
        assert str(path) in message
        assert word in message
        assert not data.available("mnist")

    @pytest.mark.parametrize("change", [-1, 1])
    def test_a_file_that_is_too_short_or_too_long_is_named(self, cached, change):
        path = cached / "test_labels.npy"
        content = path.read_bytes()
        path.unlink()
        path.write_bytes(content[:-1] if change < 0 else content + b"\0")
        assert str(path) in damage_told(cached)

    def test_a_damaged_cache_is_downloaded_again_and_the_user_is_notified(self, cached, mirror):
        (cached / "train_labels.npy").unlink()
        watched = Watched()
        dataset = data.load("mnist", progress=watched)
        assert watched.texts[0] == f"{cached / 'train_labels.npy'} is missing. Downloading MNIST again."
        assert len(dataset.train_labels) == 60_000
        assert [path.name for path in cached.parent.iterdir()] == ["mnist"]
        assert data.available("mnist")

    def test_damaged_and_no_network_both_are_said_and_nothing_is_touched(self, cached, offline):
        (cached / "train_labels.npy").unlink()
        before = sorted(cached.parent.rglob("*"))
        with pytest.raises(DataError, match=r"train_labels.npy is missing. MNIST could not be downloaded"):
            data.load("mnist")
        assert sorted(cached.parent.rglob("*")) == before

    def test_a_file_in_place_of_the_folder_is_refused_and_replaced(self, tiny, tmp_path):
        _, info, arrays = tiny
        (tmp_path / "tiny").write_text("")
        with pytest.raises(DataError, match="is damaged"):
            cache.read(tmp_path / "tiny", info)
        cache.store(tmp_path / "tiny", info, arrays)
        assert cache.read(tmp_path / "tiny", info) is not None
        assert [path.name for path in tmp_path.iterdir()] == ["tiny"]

    @pytest.mark.filterwarnings("ignore:Reading `.npy`")
    @given(where=st.integers(0, 127), value=st.integers(0, 255))
    def test_a_header_with_any_byte_changed_is_refused_or_means_the_same(self, where, value, tiny):
        folder, info, arrays = tiny
        path = folder / "train_images.npy"
        content = bytearray(path.read_bytes())
        before, content[where] = content[where], value
        path.write_bytes(content)
        with contextlib.suppress(DataError):
            np.testing.assert_array_equal(cache.read(folder, info).train_images, arrays.train_images)
        content[where] = before
        path.write_bytes(content)


class TestFolder:
    @pytest.mark.parametrize("packed", [False, True])
    @pytest.mark.parametrize("below", [".", "raw", "MNIST/raw"])
    def test_is_found_raw_or_packed_there_or_below(self, below, packed, small, write_folder):
        folder = write_folder(small, below, packed)
        assert data.available("mnist", folder)
        watched = Watched()
        dataset = data.load("mnist", folder, progress=watched)
        told = watched.reports
        for name, array in zip(Arrays._fields, small.values(), strict=True):
            found = getattr(dataset, name)
            np.testing.assert_array_equal(found, array)
            assert type(found) is np.ndarray
            assert isinstance(found.base, np.memmap) is not packed
            assert not found.flags.writeable
        size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        assert told[-1][:2] == (size, size)

    def test_a_complete_place_below_wins_over_a_part_above(self, small, write_folder):
        write_folder({"train-labels-idx1-ubyte": np.zeros(3, np.uint8)})
        folder = write_folder(small, "MNIST/raw")
        assert len(data.load("mnist", folder).train_labels) == 30

    def test_comes_before_the_cache(self, cached, small, write_folder):
        assert len(data.load("mnist", write_folder(small)).train_images) == 30

    def test_is_never_completed_from_the_cache_or_the_network(self, cached, mirror, small, write_folder):
        folder = write_folder(dict(list(small.items())[:3]))
        assert not data.available("mnist", folder)
        with pytest.raises(DataError) as caught:
            data.load("mnist", folder)
        assert f"{folder} holds only a part of MNIST; add t10k-labels-idx1-ubyte" in str(caught.value)
        assert mirror.requests == []

    def test_that_is_missing_empty_or_no_folder_is_said(self, tmp_path):
        (tmp_path / "empty").mkdir()
        (tmp_path / "file").write_text("")
        (tmp_path / "empty" / "holiday.jpg").write_text("")
        for name, word in (
            ("absent", "does not exist"),
            ("file", "is a file, not a folder"),
            ("empty", "holds no MNIST files"),
            ("x" * 300, "cannot be read"),
        ):
            assert not data.available("mnist", tmp_path / name)
            with pytest.raises(DataError, match=word) as caught:
                data.load("mnist", tmp_path / name)
            assert str(tmp_path / name) in str(caught.value)
            assert "choose a folder that holds train-images-idx3-ubyte" in str(caught.value)

    @pytest.mark.parametrize(
        ("changed", "word"),
        [
            ({"train-images-idx3-ubyte": np.zeros((30, 32, 32), np.uint8)}, "32×32 where MNIST has 28×28"),
            ({"train-images-idx3-ubyte": np.zeros(30, np.uint8)}, "single values where MNIST has 28×28"),
            ({"t10k-images-idx3-ubyte": np.zeros((0, 28, 28), np.uint8)}, "holds nothing"),
            ({"t10k-labels-idx1-ubyte": np.zeros(9, np.uint8)}, "(9,) for the 10 images"),
            ({"t10k-labels-idx1-ubyte": np.zeros((10, 1, 1), np.uint8)}, "(10, 1, 1) for the 10 images"),
            ({"train-labels-idx1-ubyte": np.full(30, 61, np.uint8)}, "the label 61"),
        ],
    )
    @pytest.mark.parametrize("packed", [False, True])
    def test_a_file_that_is_not_mnists_is_named(self, changed, word, packed, small, write_folder):
        folder = write_folder({**small, **changed}, packed=packed)
        with pytest.raises(DataError) as caught:
            data.load("mnist", folder)
        (name,) = changed
        assert str(folder / name) in str(caught.value)
        assert word in str(caught.value)
        assert "choose" in str(caught.value) or "must come from" in str(caught.value)

    def test_a_truncated_original_is_named(self, mnist_dir, tmp_path):
        for path in mnist_dir.iterdir():
            content = path.read_bytes()
            (tmp_path / path.name).write_bytes(content[: len(content) * 2 // 3])
        with pytest.raises(
            DataError, match=r"train-images-idx3-ubyte.gz is truncated or damaged .*choose another"
        ):
            data.load("mnist", tmp_path)

    def test_can_be_cancelled(self, small, write_folder):
        with pytest.raises(Cancelled):
            data.load("mnist", write_folder(small), progress=Watched(lambda: True))


class TestDigits:
    def test_have_the_announced_sizes_and_every_class_is_split_in_the_same_way(self, prepared):
        info = data.DATASETS["digits"]
        assert {name: array.shape for name, array in prepared._asdict().items()} == info.shapes
        train, test = np.bincount(prepared.train_labels), np.bincount(prepared.test_labels)
        assert train.sum() + test.sum() == 1797
        np.testing.assert_allclose(test / (train + test), 0.2, atol=0.004)

    def test_are_all_of_scikit_learns_each_once(self, prepared):
        from sklearn.datasets import load_digits

        labels = load_digits().target.astype(np.uint8)
        train, test = stratified(labels, digits.TEST_SHARE, digits.SPLIT_SEED)
        assert sorted([*train, *test]) == list(range(1797))
        np.testing.assert_array_equal(prepared.test_labels, labels[test])
        # Not in the order of the file, whose writers follow one another.
        assert (np.diff(train) < 0).any()

    @pytest.mark.parametrize("file", [digits.FILE, "datasets/elsewhere.csv.gz"])
    def test_are_scikit_learns_wherever_it_keeps_them(self, file, monkeypatch):
        from sklearn.datasets import load_digits

        monkeypatch.setattr(digits, "FILE", file)
        images, labels = digits._of_scikit_learn()
        assert (images.dtype, labels.dtype) == (np.float32, np.uint8)
        np.testing.assert_array_equal(images, load_digits().images)
        np.testing.assert_array_equal(labels, load_digits().target)

    def test_are_prepared_without_importing_scikit_learn(self):
        code = (
            "import sys; from saegui.core import data; data.load('digits'); print('sklearn' in sys.modules)"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert done.stdout.strip() == "False"

    def test_look_as_mnists_do(self, prepared):
        images = np.concatenate([prepared.train_images, prepared.test_images]).astype(float)
        index, ink = np.arange(28), images.sum((1, 2))
        for profile in (images.sum(1), images.sum(2)):
            centre = profile @ index / ink
            assert (centre >= 13.5).all()
            assert (centre < 14.5).all()
        assert (images.max((1, 2)) == 255).all()
        longest = [max(np.ptp(np.flatnonzero(image.any(axis))) + 1 for axis in (0, 1)) for image in images]
        assert set(longest) == {20}
        low, median, high = np.percentile(ink / 255, [5, 50, 95])
        assert 98 < median < 103
        assert low > 52
        assert high < 164

    def test_are_read_by_who_has_only_seen_mnist(self, prepared, mnist_dir):
        seen = data.load("mnist", mnist_dir)
        known = seen.test_images.reshape(-1, 784).astype(np.float32)
        shown = prepared.test_images.reshape(-1, 784).astype(np.float32)
        nearest = np.argmin((known**2).sum(1) - 2 * shown @ known.T, axis=1)
        assert (seen.test_labels[nearest] == prepared.test_labels).mean() > 0.7

    def test_are_the_same_on_every_call_without_network_or_folder(self, prepared, offline, tmp_path):
        assert data.available("digits", tmp_path / "absent")
        for call in ("first", "from the cache"):
            dataset = data.load("digits", tmp_path / "absent")
            for name in Arrays._fields:
                np.testing.assert_array_equal(getattr(dataset, name), getattr(prepared, name), err_msg=call)

    def test_equal_arrays_give_equal_files(self, prepared, tmp_path):
        for folder in ("one", "other"):
            cache.store(tmp_path / folder, digits.INFO, prepared)
        for name in Arrays._fields:
            one, other = (tmp_path / folder / f"{name}.npy" for folder in ("one", "other"))
            assert one.read_bytes() == other.read_bytes()
            np.testing.assert_array_equal(np.load(one), getattr(prepared, name))

    def test_the_second_start_imports_no_scikit_learn(self, own_cache):
        found = in_a_new_process(
            "from saegui.core import data\nresult['n'] = len(data.load('digits').test_labels)"
        )
        assert found == {"n": 359, "heavy": []}

    def test_are_made_again_when_the_cache_is_damaged(self, own_cache, prepared, monkeypatch):
        monkeypatch.setattr(digits, "prepare", lambda progress: prepared)
        damaged = own_cache / "test_images.npy"
        damaged.write_bytes(b"half")
        watched = Watched()
        assert len(data.load("digits", progress=watched).test_images) == 359
        assert f"{damaged} is damaged" in watched.texts[0]
        watched.reports.clear()
        data.load("digits", progress=watched)
        assert watched.reports == []

    def test_can_be_cancelled_and_leave_nothing(self, own_home):
        with pytest.raises(Cancelled):
            data.load("digits", progress=Watched(lambda: True))
        assert not own_home.exists()


def test_importing_the_data_sets_imports_nothing_heavy():
    assert in_a_new_process("import saegui.core.data")["heavy"] == []


def test_an_unknown_name_is_refused_with_those_there_are():
    for ask in (data.load, data.available):
        with pytest.raises(DataError, match="'cifar'; choose one of mnist, digits"):
            ask("cifar")


@pytest.mark.parametrize("classes", [2, 256, 257, 1000])
def test_labels_are_kept_in_as_many_bytes_as_their_classes_need(tmp_path, classes):
    info = DatasetInfo("many", "Many", "", (2,), classes, 1, tuple(map(str, range(classes))))
    for kind in (np.uint8, np.uint16) if classes <= 256 else (np.uint16, np.int64):
        labels = np.arange(classes).astype(kind)
        images = np.zeros((classes, 2), np.uint8)
        cache.store(tmp_path / "many", info, Arrays(images, labels, images[:1], labels[-1:]))
        found = cache.read(tmp_path / "many", info)
        assert found.train_labels.tolist() == list(range(classes)) and found.test_labels == [classes - 1]
        assert found.train_labels.nbytes == classes * (1 if classes <= 256 else 2)


def test_the_table_knows_what_is_loaded(cached, own_cache, shared_data):
    for name in ("mnist", "digits", "olivetti", "patches"):
        info = data.DATASETS[name]
        dataset = data.load(name, shared_data / "olivetti" if name == "olivetti" else None)
        classes = info.classes or NO_LABELS
        assert (name, info.title, classes) == (dataset.name, dataset.title, dataset.classes)
        assert (info.n_train, info.n_test) == (len(dataset.train_images), len(dataset.test_images))
        assert info.n_bytes == sum(getattr(dataset, field).nbytes for field in Arrays._fields)
        assert info.about.endswith(".")


def test_the_fingerprint_tells_images_apart(digits):
    """Equal for equal images wherever they are in memory; another for other pixels, another order or another split."""
    both = np.concatenate([digits.train_images, digits.test_images])
    cut = len(digits.train_images)

    def of(images, n_train):
        return replace(digits, train_images=images[:n_train], test_images=images[n_train:]).fingerprint

    pixel = both.copy()
    pixel[-1, 14, 14] ^= 1
    found = [of(both, cut), of(both, cut - 1), of(both[::-1], cut), of(pixel, cut)]
    assert found[0] == digits.fingerprint == of(np.asfortranarray(both), cut)
    assert len(set(found)) == 4


class TestNames:
    def test_mnist_is_known_by_its_labels(self, mnist_dir):
        assert data.load("mnist", mnist_dir).title == "MNIST"

    def test_other_images_in_its_form_are_called_by_their_folder(self, small, write_folder):
        folder = write_folder(small)
        dataset = data.load("mnist", folder)
        assert dataset.title == f"{folder.name} (not MNIST)"
        (note,) = dataset.notes
        assert f"{folder} holds 30 training images of 784 values that are not MNIST's" in note

    def test_mnists_labels_alone_do_not_make_it_mnist(self, mnist_dir, tmp_path, idx_bytes):
        for path in mnist_dir.iterdir():
            (tmp_path / path.name).symlink_to(path)
        name = "t10k-images-idx3-ubyte"
        (tmp_path / f"{name}.gz").unlink()
        (tmp_path / name).write_bytes(idx_bytes(np.full((10_000, 28, 28), 7, np.uint8)))
        dataset = data.load("mnist", tmp_path)
        assert dataset.title == f"{tmp_path.name} (not MNIST)"
        assert f"{name} is not as published" in dataset.notes[0]

    def test_one_image_is_not_mnist(self, small, write_folder):
        one = {name: array[:1] for name, array in small.items()}
        dataset = data.load("mnist", write_folder(one))
        assert "(not MNIST)" in dataset.title and "1 training image of 784" in dataset.notes[0]

    def test_files_that_were_unpacked_into_folders_of_their_names_are_found(self, small, tmp_path, idx_bytes):
        for name, array in small.items():
            (tmp_path / name).mkdir()
            (tmp_path / name / name.replace("-idx", ".idx")).write_bytes(idx_bytes(array))
        assert len(data.load("mnist", tmp_path).train_images) == 30

    @pytest.mark.parametrize("packed", [False, True])
    def test_names_with_a_dot_are_found(self, small, write_folder, packed):
        folder = write_folder(
            {name.replace("-idx", ".idx"): array for name, array in small.items()}, packed=packed
        )
        assert data.available("mnist", folder)
        assert len(data.load("mnist", folder).train_images) == 30

    def test_without_torchvision_a_download_is_refused_with_a_sentence(self, own_home, monkeypatch):
        monkeypatch.setitem(sys.modules, "torchvision.datasets", None)
        with pytest.raises(DataError, match=r"torchvision cannot be loaded .* take MNIST from a folder"):
            data.load("mnist")
