"""Folders of the user's own pictures: found, told apart, read as they look, kept, and refused in one sentence."""

from __future__ import annotations

import os
import shutil
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from saegui.core import data
from saegui.core.data import Dataset, adding, picture_folder, picture_store, registry
from saegui.core.data.dataset import NO_LABELS
from saegui.core.data.options import checked
from saegui.core.data.sources import pictures
from saegui.core.errors import Cancelled, DataError
from saegui.core.files import picture_file
from saegui.core.progress import UNWATCHED, Progress
from tests.core.data.picture_files import folder_of, save, shapes

GREY = np.arange(12 * 18, dtype=np.uint8).reshape(12, 18)
COLOUR = np.dstack([GREY, GREY[::-1], GREY[:, ::-1]])


@pytest.fixture(autouse=True)
def _forgotten() -> Iterator[None]:
    before = set(registry.SOURCES)
    yield
    for name in set(registry.SOURCES) - before:
        registry.forget(name)


def load(place: Path, **given: object) -> Dataset:
    """The data set that ``place`` becomes with the suggested options, but for those that are given."""
    inspected = adding.inspect(place)
    options = {option.name: option.default for option in inspected.description.options}
    return data.load(registry.add(inspected.added({**options, **given})))


def only(place: Path, **given: object) -> np.ndarray:
    """The picture of which ``place`` holds copies alone."""
    dataset = load(place, **given)
    pictures = np.concatenate([dataset.train_images, dataset.test_images])
    assert (pictures == pictures[0]).all()
    return pictures[0]


def twice(place: Path, name: str, levels: np.ndarray, **options: object) -> Path:
    for copy in ("a", "b"):
        save(place / f"{copy}-{name}", levels, **options)
    return place


class TestOnePicture:
    @pytest.mark.parametrize("levels", [GREY, COLOUR], ids=["grey", "colour"])
    @pytest.mark.parametrize("ending", ["png", "bmp", "tif", "webp", "gif", "ppm"])
    def test_of_the_right_size_keeps_every_pixel(self, tmp_path, ending, levels) -> None:
        if ending == "gif" and levels is COLOUR:
            levels = np.ascontiguousarray(COLOUR[:, :, :] // 128 * 128)  # a GIF file has 256 colours
        options = {"lossless": True} if ending == "webp" else {}
        found = only(twice(tmp_path, f"x.{ending}", levels, **options))
        np.testing.assert_array_equal(found, levels)

    def test_of_a_camera_is_nearly_as_it_was_and_upright(self, tmp_path) -> None:
        exif = Image.Exif()
        exif[0x0112] = 6  # turn clockwise by 90 degrees to show
        smooth = shapes(1, 48, 64)[0]
        place = twice(tmp_path, "x.jpg", np.rot90(smooth).copy(), quality=95, subsampling=0, exif=exif)
        found = load(place, height=48, width=64, colour="colour").train_images[0]
        assert np.abs(found.astype(float) - smooth).mean() < 3
        described = adding.inspect(place).description
        assert dict(described.facts)["height×width"] == "48×64"

    @pytest.mark.parametrize(
        ("levels", "white"),
        [
            (GREY.astype(np.uint16) * 257, 65535.0),
            (GREY.astype(np.uint16) * 16, 4095.0),
            (GREY.astype(np.int32) * 257, 65535.0),
            (GREY.astype(np.float32) / 255, 1.0),
            (GREY.astype(np.float32) * 1000, 215000.0),
        ],
        ids=["16 bits", "12 bits", "32 bits", "fractions", "large"],
    )
    def test_of_more_than_8_bits_is_as_bright_as_its_white_says(self, tmp_path, levels, white) -> None:
        place = twice(tmp_path, "x.tif", levels)
        options = {option.name: option.default for option in adding.inspect(place).description.options}
        assert options["white"] == white
        wanted = (
            np.rint(GREY * (255 / (215 if white == 215000 else 255)))
            if white != 4095
            else GREY.astype(float) * 16 * 255 / 4095
        )
        assert np.abs(only(place).astype(float) - wanted).max() <= 1

    def test_a_deep_picture_in_a_set_of_colour_is_grey_in_it(self, tmp_path) -> None:
        save(tmp_path / "a.png", COLOUR)
        save(tmp_path / "b.tif", GREY.astype(np.uint16) * 257)
        dataset = load(tmp_path, colour="colour", white=65535)
        assert dataset.shape == (12, 18, 3)
        pictures = [dataset.train_images[0], dataset.test_images[0]]
        assert any(np.array_equal(picture, np.dstack([GREY] * 3)) for picture in pictures)

    @pytest.mark.parametrize(("kind", "paper"), [("photographs", 255), ("dark-ink", 0), ("bright-ink", 0)])
    def test_transparency_shows_the_paper(self, tmp_path, kind, paper) -> None:
        opacity = np.zeros((12, 18), np.uint8)
        opacity[3:6, 3:9] = 255
        place = twice(tmp_path, "x.png", np.dstack([*[np.full((12, 18), 120, np.uint8)] * 3, opacity]))
        found = only(place, kind=kind, colour="grey")
        assert found[0, 0] == paper
        assert found[4, 4] == (135 if kind == "dark-ink" else 120)

    def test_palettes_with_and_without_transparency_have_their_colours(self, tmp_path) -> None:
        image = Image.fromarray(COLOUR // 128 * 128).convert("P", palette=Image.Palette.ADAPTIVE)
        wanted = np.asarray(image.convert("RGB"))
        for name in "ab":
            image.save(tmp_path / f"{name}.png")
        np.testing.assert_array_equal(only(tmp_path, colour="colour"), wanted)
        for name in "ab":
            image.save(tmp_path / f"{name}.png", transparency=image.getpixel((0, 0)))
        found = only(tmp_path, colour="colour")
        clear = (wanted == wanted[0, 0]).all(axis=2)
        assert (found[clear] == 255).all() and np.array_equal(found[~clear], wanted[~clear])

    @pytest.mark.parametrize("mode", ["1", "LA", "CMYK", "YCbCr"])
    def test_of_any_kind_of_pixels_is_read(self, tmp_path, mode) -> None:
        ending = "tif" if mode in ("CMYK", "YCbCr") else "png"
        for name in "ab":
            Image.fromarray(COLOUR).convert(mode).save(tmp_path / f"{name}.{ending}")
        wanted = np.asarray(Image.fromarray(COLOUR).convert(mode).convert("RGB"))
        assert np.abs(only(tmp_path, colour="colour").astype(float) - wanted).max() <= 2

    def test_of_several_only_the_first_is_read_and_pages_are_named(self, tmp_path) -> None:
        pages = [Image.fromarray(GREY), Image.fromarray(255 - GREY)]
        for name in ("a.gif", "b.gif", "c.tif"):
            pages[0].save(tmp_path / name, save_all=True, append_images=pages[1:])
        np.testing.assert_array_equal(only(tmp_path), GREY)
        assert any("c.tif hold more than one" in note for note in adding.inspect(tmp_path).description.notes)


class TestFitting:
    @pytest.fixture
    def wide(self, tmp_path) -> Path:
        """40 high and 80 wide, black but for a white square of 40 in the middle."""
        levels = np.zeros((40, 80), np.uint8)
        levels[:, 20:60] = 255
        return twice(tmp_path / "wide", "x.png", levels)

    def test_the_middle_part_fills_the_square(self, wide) -> None:
        assert (only(wide, height=10, width=10, fit="crop") > 230).all()

    def test_the_whole_picture_has_margins_of_paper(self, wide) -> None:
        found = only(wide, height=10, width=10, fit="whole", kind="bright-ink")
        assert not found[:2].any() and not found[8:].any()
        assert (found[4:6, 3:7] > 200).all() and (found[4:6, :2] < 60).all()
        assert (only(wide, height=10, width=10, fit="whole", kind="photographs")[:2] == 255).all()

    def test_stretched_it_fills_the_square_whole(self, wide) -> None:
        found = only(wide, height=10, width=10, fit="stretch")
        assert (found[:, 3:7] > 200).all() and (found[:, :2] < 60).all()

    def test_a_picture_of_one_row_is_read(self, tmp_path) -> None:
        place = twice(tmp_path, "x.png", np.arange(40, dtype=np.uint8)[None] * 6)
        assert load(place).shape == (1, 40)
        assert load(place, height=8, width=8, fit="whole").shape == (8, 8)


class TestSuggestions:
    def described(self, place: Path) -> tuple[dict[str, object], tuple[str, ...]]:
        found = adding.inspect(place).description
        return {option.name: option.default for option in found.options}, found.ask

    def test_small_grey_pictures_of_one_size_need_no_question(self, tmp_path) -> None:
        options, ask = self.described(twice(tmp_path, "x.png", GREY))
        assert (options["height"], options["width"], options["colour"], ask) == (12, 18, "grey", ())

    def test_large_ones_are_made_small_in_their_own_proportions(self, tmp_path) -> None:
        for index, size in enumerate([(300, 400), (600, 800), (303, 400)]):
            save(tmp_path / f"{index}.png", shapes(1, *size)[0])
        options, ask = self.described(tmp_path)
        assert (options["height"], options["width"], options["colour"]) == (24, 32, "colour")
        assert ask == ("height", "width")

    def test_mixed_proportions_become_squares_and_are_asked(self, tmp_path) -> None:
        save(tmp_path / "a.png", np.random.default_rng(0).integers(0, 255, (100, 300), np.uint8))
        save(tmp_path / "b.png", np.random.default_rng(0).integers(0, 255, (300, 100, 3), np.uint8))
        options, ask = self.described(tmp_path)
        assert (options["height"], options["width"]) == (32, 32)
        assert ask == ("height", "width", "colour", "fit")

    @pytest.mark.parametrize(("paper", "kind"), [(250, "dark-ink"), (5, "bright-ink"), (128, "photographs")])
    def test_ink_is_told_by_its_paper_and_asked(self, tmp_path, paper, kind) -> None:
        page = np.full((28, 28), paper, np.uint8)
        page[10:16, 8:20] = 255 - paper if paper != 128 else 0
        options, ask = self.described(twice(tmp_path, "x.png", page))
        assert options["kind"] == kind and ask == ("kind",)
        dataset = load(tmp_path)
        assert data.source(dataset.name).info.ink == (kind != "photographs")
        if kind != "photographs":
            assert (dataset.train_images[0, 0, 0], dataset.train_images[0, 12, 12]) == (5, 250)

    def test_the_preview_shows_what_will_be_read(self, tmp_path) -> None:
        folder = folder_of(tmp_path / "set", count=30)
        preview = adding.inspect(folder).description.preview
        assert isinstance(preview, np.ndarray) and preview.shape == (8, 12, 18, 3)
        dataset = load(folder)
        rows = {row.tobytes() for row in np.concatenate([dataset.train_images, dataset.test_images])}
        assert all(picture.tobytes() in rows for picture in preview)
        of_class = {
            row.tobytes(): label
            for row, label in zip(dataset.train_images, dataset.train_labels, strict=True)
        }
        of_class |= {
            row.tobytes(): label for row, label in zip(dataset.test_images, dataset.test_labels, strict=True)
        }
        assert [of_class[picture.tobytes()] for picture in preview] == [0, 0, 0, 1, 1, 2, 2, 2]

    def test_what_must_be_asked_is_said_at_once_with_what_would_suit(self, tmp_path) -> None:
        save(tmp_path / "a.png", np.zeros((100, 300), np.uint8))
        save(tmp_path / "b.png", shapes(1, 300, 100)[0])
        with pytest.raises(DataError, match=r"height=32, width=32, colour=colour, fit=crop, or"):
            adding.name_of(str(tmp_path), {})


class TestFolders:
    def test_each_subfolder_is_a_class_in_natural_order(self, tmp_path) -> None:
        for person in (10, 2, 1):
            for index in range(5):
                save(tmp_path / f"Person {person}" / f"{index}.png", GREY + np.uint8(person))
        dataset = load(tmp_path)
        assert dataset.classes == ("Person 1", "Person 2", "Person 10")
        assert [int(row[0, 0]) for row in dataset.train_images] == [
            (1, 2, 10)[k] for k in dataset.train_labels
        ]
        assert np.bincount(dataset.test_labels).tolist() == [1, 1, 1]
        facts = dict(adding.inspect(tmp_path).description.facts)
        assert (
            facts["pictures"] == "15" and facts["classes"] == "3: Person 1 (5), Person 2 (5), Person 10 (5)"
        )

    def test_a_flat_folder_and_one_inside_another_have_no_labels(self, tmp_path) -> None:
        twice(tmp_path / "photos" / "photos" / "all", "x.png", GREY)
        dataset = load(tmp_path / "photos")
        assert dataset.classes == NO_LABELS and len(dataset.train_images) == len(dataset.test_images) == 1

    @pytest.mark.parametrize("names", [("train", "test"), ("Training", "Testing"), ("train", "val")])
    def test_folders_for_training_and_testing_divide_them(self, tmp_path, names) -> None:
        for index in range(8):
            level = GREY + np.uint8(index)
            save(tmp_path / names[index % 2] / ("cat", "dog")[index // 2 % 2] / f"{index}.png", level)
        dataset = load(tmp_path)
        assert dataset.classes == ("cat", "dog")
        assert sorted(dataset.train_images[:, 0, 0].tolist()) == [0, 2, 4, 6]
        assert sorted(dataset.test_images[:, 0, 0].tolist()) == [1, 3, 5, 7]

    def test_a_class_called_train_among_others_is_a_class(self, tmp_path) -> None:
        for name in ("train", "bus", "car"):
            twice(tmp_path / name, "x.png", GREY)
        assert load(tmp_path).classes == ("bus", "car", "train")

    def test_the_share_and_the_seed_decide_what_is_for_testing(self, tmp_path) -> None:
        folder = folder_of(tmp_path / "set", count=30)
        half, other = load(folder, test_share=0.5), load(folder, test_share=0.5, seed=1)
        assert len(half.test_images) == len(half.train_images) == 15
        assert half.checksum != other.checksum
        assert load(folder, test_share="0.5").checksum == half.checksum

    def test_hidden_and_other_files_are_left_out_and_counted(self, tmp_path) -> None:
        folder = folder_of(tmp_path / "set", count=9)
        for name in ("._0.png", ".DS_Store", "notes.txt", "a.heic", "__MACOSX/x.png", ".cache/y.png"):
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_bytes(b"x")
        shutil.copy(folder / "cat" / "1.png", folder / "cat" / "without an ending")
        found = picture_folder.listed(folder, UNWATCHED)
        assert (len(found.pictures), found.hidden, found.others) == (10, 4, ((".heic", 1), (".txt", 1)))
        assert dict(adding.inspect(folder).description.facts)["other files"] == "1 .heic, 1 .txt"

    def test_links_are_followed_but_never_in_circles(self, tmp_path) -> None:
        folder = folder_of(tmp_path / "set", count=9)
        outside = twice(tmp_path / "outside", "x.png", COLOUR)
        (folder / "cat" / "back").symlink_to(folder)
        (folder / "itself").symlink_to("itself")
        (folder / "linked").symlink_to(outside)
        (folder / "nowhere.png").symlink_to("missing.png")
        found = picture_folder.listed(folder, UNWATCHED)
        assert len(found.pictures) == 11 and set(found.closed) == {"itself", "nowhere.png"}
        assert load(folder).classes == ("bird", "cat", "dog", "linked")

    def test_pictures_beside_the_classes_are_named_and_can_be_used(self, tmp_path) -> None:
        folder = folder_of(tmp_path / "set", count=30)
        save(folder / "cover.png", COLOUR)
        dataset = load(folder)
        assert any(note.startswith("1 picture lies beside the folders of classes,") for note in dataset.notes)
        assert sum(len(part) for part in (dataset.train_images, dataset.test_images)) == 30
        assert len(load(folder, labels="none").train_images) == 25

    def test_more_classes_than_a_byte_counts(self, tmp_path) -> None:
        for index in range(300):
            twice(tmp_path / f"{index}", "x.png", np.full((2, 2), index % 256, np.uint8))
        dataset = load(tmp_path, test_share=0.5, kind="photographs")
        assert dataset.train_labels.dtype == np.uint16 and len(dataset.classes) == 300
        assert all(
            row[0, 0] == label % 256
            for row, label in zip(dataset.train_images, dataset.train_labels, strict=True)
        )

    def test_a_zip_file_of_a_folder_is_read_as_the_folder(self, tmp_path) -> None:
        folder = folder_of(tmp_path / "set", count=12)
        with zipfile.ZipFile(tmp_path / "set.zip", "w") as archive:
            archive.writestr("__MACOSX/set/cat/._1.png", b"x")
            for path in sorted(folder.rglob("*.png")):
                archive.write(path, f"set/{path.relative_to(folder)}")
        unpacked, packed = load(folder), load(tmp_path / "set.zip")
        assert packed.checksum == unpacked.checksum and packed.classes == unpacked.classes
        assert packed.title == "set.zip"


class TestBroken:
    def test_broken_pictures_are_named_and_stop_nobody(self, tmp_path) -> None:
        folder = folder_of(tmp_path / "set", count=30)
        (folder / "cat" / "text.png").write_text("hello")
        (folder / "cat" / "empty.jpg").touch()
        half = (folder / "dog" / "2.png").read_bytes()
        (folder / "dog" / "2.png").write_bytes(half[: len(half) // 2])
        (folder / "bad" / "x.gif").parent.mkdir()
        (folder / "bad" / "x.gif").write_bytes(b"GIF89a")
        dataset = load(folder)
        assert sum(len(part) for part in (dataset.train_images, dataset.test_images)) == 29
        assert dataset.classes == ("bird", "cat", "dog")
        (note,) = dataset.notes
        assert note.startswith("4 of 33 pictures cannot be read and are left out: bad/x.gif is ")
        assert "cat/empty.jpg" in note and "cat/text.png" in note and note.endswith(" and 1 more.")
        assert dict(adding.inspect(folder).description.facts)["cannot be read"] == "4"

    def test_pictures_of_too_many_pixels_are_among_them(self, tmp_path, monkeypatch) -> None:
        folder = folder_of(tmp_path / "set", count=9)
        save(folder / "cat" / "large.png", np.zeros((40, 50), np.uint8))
        monkeypatch.setattr(picture_file, "MAX_PIXELS", 1999)
        assert "cat/large.png has 40×50" in load(folder).notes[0] or "50×40" in load(folder).notes[0]
        monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 300)
        save(folder / "cat" / "large.png", np.zeros((40, 51), np.uint8))
        assert "cat/large.png has too many pixels" in load(folder).notes[-1]

    def test_work_that_is_given_up_leaves_nothing(self, tmp_path, own_home) -> None:
        class GivenUp(Progress):
            def report(self, done: int, total: int, text: str = "") -> None:
                if done and text.startswith("Reading"):
                    raise Cancelled

        folder = folder_of(tmp_path / "set", count=90)
        name = registry.add(adding.inspect(folder).added({}))
        with pytest.raises(Cancelled):
            data.load(name, progress=GivenUp())
        assert not list((own_home / "data").iterdir())


def _encrypted(path: Path) -> None:
    folder = folder_of(path.parent / "plain", count=3)
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("bird/0.png", "cat/1.png"):
            archive.write(folder / name, name)
    content = bytearray(path.read_bytes())
    for mark, place in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        at = -1
        while (at := content.find(mark, at + 1)) >= 0:
            content[at + place] |= 1
    path.write_bytes(content)


def _claims(path: Path, size: int) -> None:
    """A zip file whose first member says that it holds so many bytes."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.png", b"x")
        archive.writestr("b.png", b"x")
    content = path.read_bytes()
    at = content.find(b"PK\1\2") + 24
    path.write_bytes(content[:at] + size.to_bytes(4, "little") + content[at + 4 :])


def _pictures(*names: str) -> Callable[[Path], None]:
    return lambda path: [save(path / name, GREY) for name in names] and None


def _texts(*names: str) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        path.mkdir()
        for name in names:
            (path / name).parent.mkdir(exist_ok=True, parents=True)
            (path / name).write_text("hello")

    return write


BAD: dict[str, tuple[str, Callable[[Path], object], dict[str, object], str]] = {
    "nothing there": ("set", lambda path: None, {}, r"No such file or directory\); choose a folder"),
    "an empty folder": ("set", Path.mkdir, {}, r"holds no pictures; choose a folder of PNG, JPEG"),
    "an empty folder in another": ("set", lambda path: (path / "a").mkdir(parents=True), {}, r"holds no pictures"),
    "other files": ("set", _texts("a.txt", "b.heic"), {}, r"only other files \(1 \.heic, 1 \.txt\); choose"),
    "hidden files": ("set", _texts(".a.png", "._b.png"), {}, r"no pictures but 2 hidden names; choose"),
    "a file": ("a.png", lambda path: save(path, GREY), {}, r"is a file; choose the folder that holds the pictures"),
    "a named pipe": ("pipe", os.mkfifo, {}, r"is neither a folder nor a file; choose"),
    "a link to itself": ("loop", lambda path: path.symlink_to(path), {}, r"cannot be read \(.*links.*\); choose"),
    "one picture": ("set", _pictures("a.png"), {}, r"only one picture that can be read, and .*; add more"),
    "no picture that is one": ("set", _texts("a.png", "b.jpg"), {}, r"None of the 2 pictures .*b\.jpg is no picture"),
    "one that can be read": (
        "set",
        lambda path: (_pictures("a.png")(path), (path / "b.png").write_text("x")),
        {},
        r"only one picture that can be read \(b\.png is no picture.*\), and .*; add more",
    ),
    "nothing for testing": (
        "set",
        lambda path: (_pictures("train/a.png", "train/b.png")(path), _texts("c.png")(path / "test")),
        {},
        r"none of those for testing can be read: test/c\.png is no picture.*; add pictures there",
    ),
    "a zip file cut off": (
        "set.zip",
        lambda path: path.write_bytes(b"PK\3\4" + bytes(40)),
        {},
        r"is no whole zip file \(File is not a zip file\); bring it again",
    ),
    "an empty zip file": ("set.zip", lambda path: path.write_bytes(b"PK\5\6" + bytes(18)), {}, r"no pictures; choose a zip"),
    "a text called zip": ("set.zip", lambda path: path.write_text("hello"), {}, r"is a file; choose the folder"),
    "a locked zip file": ("set.zip", _encrypted, {}, r"bird/0\.png is locked with a password"),
    "a zip file of a bomb": ("set.zip", lambda path: _claims(path, 2**31), {}, r"a\.png has 2,147,483,648 bytes"),
    "a height of nothing": ("set", _pictures("a.png", "b.png"), {"height": 0}, r"height is '0'; it is a whole number from 1 to 512"),
    "half a width": ("set", _pictures("a.png", "b.png"), {"width": "2.5"}, r"width is '2\.5'; it is a whole number"),
    "another colour": ("set", _pictures("a.png", "b.png"), {"colour": "red"}, r"colour is 'red'; it is one of grey, colour"),
    "no share": ("set", _pictures("a.png", "b.png"), {"test_share": 0}, r"test_share is '0'; it is a number from 0\.01"),
    "an unknown option": ("set", _pictures("a.png", "b.png"), {"size": 3}, r"no option 'size'; there are height, width"),
}  # fmt: skip
"""Name of the file or folder, what makes it, options, and what the sentence says."""


@pytest.mark.parametrize("case", BAD)
def test_what_cannot_be_read_is_said_in_one_sentence(case: str, tmp_path: Path) -> None:
    name, make, options, words = BAD[case]
    make(tmp_path / name)
    with pytest.raises(DataError, match=words) as caught:
        pictures.load(tmp_path / name, checked(pictures.OPTIONS, options), UNWATCHED)
    sentence = str(caught.value)
    assert (name in sentence or options) and sentence.endswith(".") and "\n" not in sentence


class TestKept:
    def test_they_are_read_once_and_again_when_the_folder_changes(self, tmp_path) -> None:
        folder = folder_of(tmp_path / "set", count=30)
        first = load(folder)
        assert isinstance(first.train_images.base, np.memmap) or isinstance(first.train_images, np.memmap)
        picture = folder / "cat" / "1.png"
        before = picture.stat()
        good = picture.read_bytes()
        picture.write_bytes(bytes(len(good)))
        os.utime(picture, ns=(before.st_atime_ns, before.st_mtime_ns))
        # Nobody looked into the file: it seems to be what it was.
        assert (
            load(folder, height=12, width=18, colour="colour", kind="photographs").checksum == first.checksum
        )
        picture.unlink()
        again = load(folder)
        assert len(again.train_images) + len(again.test_images) == 29
        assert again.notes == (
            f"The pictures in {folder} have changed since they were read; they were read again.",
        )
        assert load(folder).notes == ()

    @pytest.mark.parametrize("file", ["about.json", "train_images.npy", "test_labels.npy"])
    def test_damaged_arrays_are_made_again(self, tmp_path, own_home, file) -> None:
        folder = folder_of(tmp_path / "set", count=12)
        checksum = load(folder).checksum
        (kept,) = (own_home / "data").iterdir()
        (kept / file).write_bytes((kept / file).read_bytes()[:-20])
        assert load(folder).checksum == checksum

    def test_a_few_versions_are_kept(self, tmp_path, own_home) -> None:
        folder = folder_of(tmp_path / "set", count=9)
        for side in range(4, 12):
            load(folder, height=side, width=side)
        assert len(list((own_home / "data").iterdir())) == picture_store.MOST_KEPT

    def test_where_nothing_can_be_written_they_are_read_into_memory(
        self, tmp_path, own_home, monkeypatch
    ) -> None:
        folder = folder_of(tmp_path / "set", count=12)
        checksum = load(folder).checksum
        shutil.rmtree(own_home)
        own_home.write_text("a file where a folder should be")
        assert load(folder).checksum == checksum
        monkeypatch.setattr(picture_store, "MOST_IN_MEMORY", 1000)
        with pytest.raises(DataError, match=r"cannot be written.*the pictures of .*set.*SAEGUI_HOME"):
            load(folder)

    def test_a_full_disk_is_noticed_before_anything_is_read(
        self, tmp_path, own_home, mounted, monkeypatch
    ) -> None:
        monkeypatch.setenv("SAEGUI_HOME", str(mounted("200k")))
        folder = folder_of(tmp_path / "set", count=30)
        with pytest.raises(DataError, match=r"[Tt]he pictures of .*free; choose a smaller height and width"):
            load(folder, height=100, width=100)

    def test_only_a_few_pictures_are_in_memory_at_a_time(self, tmp_path, monkeypatch) -> None:
        folder = folder_of(tmp_path / "set", count=60)
        monkeypatch.setattr(picture_store, "_BLOCK", 4)
        name = registry.add(
            adding.inspect(folder).added(
                {"height": 256, "width": 256, "colour": "colour", "kind": "photographs"}
            )
        )
        loader = data.source(name)
        tracemalloc.start()
        found = loader.load(None, {}, UNWATCHED)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        total = sum(part.nbytes for part in found.arrays)  # type: ignore[union-attr]
        assert total > 11e6 and peak < total / 3
