"""Pictures that are pasted or opened become the image that MNIST would have of them."""

from __future__ import annotations

import gzip
import struct
from itertools import pairwise

import numpy as np
import pytest
from PIL import Image, ImageDraw

from saegui.core.errors import StrokesError
from saegui.core.files import picture_file
from saegui.core.strokes import flatten, from_picture, load_npz, read_picture, render


@pytest.fixture(scope="module")
def mnist(mnist_dir):
    with gzip.open(mnist_dir / "t10k-images-idx3-ubyte.gz") as file:
        return np.frombuffer(file.read(), np.uint8, offset=16).reshape(-1, 28, 28)[:1000]


def seven(paper=255, ink=0, size=(300, 220), pen=20):
    """A picture of a 7, away from the middle."""
    image = Image.new("L", size, paper)
    ImageDraw.Draw(image).line([(90, 30), (200, 32), (130, 190)], fill=ink, width=pen, joint="curve")
    return np.array(image)


def pencilled(digit):
    """A picture of strokes that was drawn by another program."""
    page = Image.new("L", (300, 300), 250)
    pencil = ImageDraw.Draw(page)
    for stroke in digit:
        points = [(float(x) * 177 + 50, float(y) * 177 + 60) for x, y in stroke]
        pencil.line(points, fill=20, width=23, joint="curve")
        for x, y in points:
            pencil.ellipse((x - 11.5, y - 11.5, x + 11.5, y + 11.5), fill=20)
    return np.array(page)


def sides(image):
    rows, columns = np.nonzero(image)
    return int(np.ptp(rows)) + 1, int(np.ptp(columns)) + 1


def centre_of_mass(image):
    ink, index = image.astype(np.float64), np.arange(28)
    return (ink.sum(1) @ index) / ink.sum(), (ink.sum(0) @ index) / ink.sum()


def difference(a, b):
    return np.abs(a.astype(float) - b).mean()


class TestFromPicture:
    @pytest.mark.parametrize(("paper", "ink"), [(255, 0), (0, 255), (230, 90), (40, 80), (128, 200)], ids=str)
    def test_fits_and_centres_the_ink_like_mnist(self, paper, ink):
        image = from_picture(seven(paper, ink)).image
        assert image.shape == (28, 28)
        assert image.dtype == np.uint8
        assert image.max() == 255
        assert max(sides(image)) == 20
        assert all(13.5 <= centre < 14.5 for centre in centre_of_mass(image))

    def test_tells_that_dark_ink_on_light_paper_was_inverted(self):
        dark, bright = from_picture(seven(255, 0)), from_picture(seven(0, 255))
        assert dark.inverted
        assert not bright.inverted
        assert np.array_equal(dark.image, bright.image)

    def test_mnists_own_images_are_taken_as_they_are(self, mnist):
        for image in mnist:
            upright, negative = from_picture(image), from_picture(255 - image)
            assert np.array_equal(upright.image, image)
            assert np.array_equal(negative.image, image)
            assert (upright.inverted, negative.inverted) == (False, True)

    def test_a_28_by_28_picture_off_the_centre_is_centred(self, mnist):
        moved = np.roll(mnist[0], (-3, 3), (0, 1))
        assert difference(from_picture(moved).image, mnist[0]) < difference(moved, mnist[0]) / 4

    def test_an_enlarged_digit_comes_back(self, mnist):
        steps = [(down, right) for down in (0, -1, 1) for right in (0, -1, 1)]
        for image in mnist[:100]:
            found = from_picture(np.pad(np.kron(image, np.ones((10, 10), np.uint8)), 30)).image
            # A centre of mass between two pixels may fall to either side; the digit is the same.
            assert min(difference(np.roll(found, step, (0, 1)), image) for step in steps) < 5

    def test_a_picture_of_strokes_looks_like_the_strokes(self, shared_data):
        off, to_others = [], []
        digits = list(load_npz(shared_data / "strokes" / "digits.npz"))[:100]
        for digit, other in pairwise(digits):
            image = from_picture(pencilled(digit)).image
            off.append(difference(image, render(digit)))
            to_others.append(difference(image, render(other)))
        assert np.median(off) < 8
        assert np.median(to_others) > 30

    def test_noise_and_shade_of_a_photograph_are_taken_for_paper(self):
        clean = seven(200, 50)
        noise = np.random.default_rng(0).normal(0, 4, clean.shape)
        shade = np.linspace(-12, 12, clean.shape[1])
        photograph = np.clip(clean + noise + shade, 0, 255).astype(np.uint8)
        assert difference(from_picture(photograph).image, from_picture(clean).image) < 3

    def test_a_large_photograph_gives_the_same_as_a_small_one(self):
        small = seven()
        large = np.kron(small, np.ones((9, 9), np.uint8))
        assert difference(from_picture(large).image, from_picture(small).image) < 2

    @pytest.mark.parametrize("shape", [(1, 5000), (5000, 1), (3, 3), (2, 28), (28, 28)], ids=str)
    def test_any_shape_with_some_ink_gives_an_image(self, shape):
        grey = np.zeros(shape, np.uint8)
        grey[shape[0] // 2, shape[1] // 2 - (shape[1] > 1000) * 400 :][:900] = 255
        grey[shape[0] // 2 :, shape[1] // 2][:900] = 255
        image = from_picture(grey).image
        assert image.max() == 255

    @pytest.mark.parametrize("level", [0, 128, 255])
    def test_a_blank_picture_is_refused_with_a_remedy(self, level):
        blank = np.full((60, 80), level, np.uint8)
        blank[20:30, 30:40] += np.uint8(3) if level < 255 else np.uint8(0)
        with pytest.raises(StrokesError, match=rf"blank \(grey levels from {level} .*choose one"):
            from_picture(blank)

    @pytest.mark.parametrize(
        "array", [np.zeros((5, 5)), np.zeros((5, 5, 3), np.uint8), np.zeros((0, 5), np.uint8)]
    )
    def test_refuses_what_is_no_grey_picture(self, array):
        with pytest.raises(StrokesError, match="give grey levels"):
            from_picture(array)

    def test_leaves_the_picture_as_it_was(self, mnist):
        # The arrays of MNIST are read-only, and the result is the caller's own.
        found = from_picture(mnist[0])
        found.image[:] = 0
        assert mnist[0].any()


class TestReadPicture:
    @pytest.mark.parametrize("suffix", ["png", "bmp", "gif", "tif", "webp"])
    def test_reads_common_formats(self, tmp_path, suffix):
        options = {"lossless": True} if suffix == "webp" else {}
        Image.fromarray(seven()).save(tmp_path / f"seven.{suffix}", **options)
        assert np.array_equal(read_picture(tmp_path / f"seven.{suffix}"), seven())

    def test_a_jpeg_gives_nearly_the_same_image(self, tmp_path):
        Image.fromarray(seven()).save(tmp_path / "seven.jpg", quality=60)
        assert (
            difference(from_picture(read_picture(tmp_path / "seven.jpg")).image, from_picture(seven()).image)
            < 1
        )

    @pytest.mark.parametrize("mode", ["RGB", "CMYK", "P", "1", "LA", "I;16"])
    def test_reads_all_kinds_of_pixels(self, tmp_path, mode):
        grey = Image.fromarray(seven())
        deep = Image.fromarray(seven().astype(np.uint16) * 257)
        (deep if mode == "I;16" else grey.convert(mode)).save(tmp_path / "seven.tif")
        assert difference(read_picture(tmp_path / "seven.tif"), seven()) < 1

    @pytest.mark.parametrize(
        "values",
        [
            seven().astype(np.int32),
            seven().astype(np.int32) * 257,
            seven().astype(np.int32) * 1000 - 100_000,
            seven().astype(np.uint32) * 16_843_009,
            seven().astype(np.uint16),
            seven().astype(np.uint16) * 257,
            seven().astype(np.float32),
            seven().astype(np.float32) / 255,
            seven().astype(np.float32) * 1e6 - 1e3,
        ],
        ids=[
            "int 255",
            "int 65535",
            "int signed",
            "uint 32 bits",
            "short 255",
            "short",
            "float 255",
            "float 1",
            "float",
        ],
    )
    def test_pictures_of_numbers_are_as_bright_as_they_were_meant(self, tmp_path, values):
        path = tmp_path / "seven.tif"
        if values.dtype == np.uint32:
            # Pillow writes numbers of 32 bits with a sign only: 2 in the tag for it.
            Image.fromarray(values.view(np.int32)).save(path)
            signed, unsigned = (struct.pack("<HHII", 339, 3, 1, kind) for kind in (2, 1))
            assert path.read_bytes().count(signed) == 1
            path.write_bytes(path.read_bytes().replace(signed, unsigned))
        else:
            Image.fromarray(values).save(path)
        assert difference(read_picture(path), seven()) < 1

    def test_faint_numbers_are_blank_and_strange_ones_are_named(self, tmp_path):
        faint = np.where(seven() > 0, 0.5, 0.501).astype(np.float32)
        Image.fromarray(faint).save(tmp_path / "faint.tif")
        with pytest.raises(StrokesError, match="blank"):
            from_picture(read_picture(tmp_path / "faint.tif"))
        faint[3, 3] = np.nan
        Image.fromarray(faint).save(tmp_path / "nan.tif")
        with pytest.raises(
            StrokesError, match=r"nan\.tif has pixels that are infinite or no numbers; replace"
        ):
            read_picture(tmp_path / "nan.tif")
        Image.fromarray(np.dstack([seven()] * 3), mode="LAB").save(tmp_path / "lab.tif")
        with pytest.raises(StrokesError, match=r"lab\.tif has colours of the kind LAB.*RGB"):
            read_picture(tmp_path / "lab.tif")

    @pytest.mark.parametrize("ink", [0, 255])
    def test_transparent_paper_is_distinguished_from_ink_of_any_colour(self, tmp_path, ink):
        opacity = 255 - seven()
        rgba = np.dstack([np.full((*opacity.shape, 3), ink, np.uint8), opacity])
        Image.fromarray(rgba).save(tmp_path / "seven.png")
        found = from_picture(read_picture(tmp_path / "seven.png"))
        assert np.array_equal(found.image, from_picture(seven()).image)
        assert found.inverted == (ink == 0)

    def test_turns_a_picture_as_the_camera_was_held(self, tmp_path):
        exif = Image.Exif()
        exif[0x0112] = 6  # turn clockwise by 90 degrees to show
        Image.fromarray(np.rot90(seven())).save(tmp_path / "turned.png", exif=exif)
        assert np.array_equal(read_picture(tmp_path / "turned.png"), seven())

    def test_names_a_file_that_is_missing_or_foreign(self, tmp_path):
        with pytest.raises(StrokesError, match=r"none\.png does not exist"):
            read_picture(tmp_path / "none.png")
        (tmp_path / "text.png").write_text("hello")
        with pytest.raises(StrokesError, match=r"text\.png is no picture.*; choose a PNG, JPEG"):
            read_picture(tmp_path / "text.png")
        with pytest.raises(StrokesError, match="is a folder; choose a picture"):
            read_picture(tmp_path)

    @pytest.mark.parametrize("suffix", ["png", "jpg", "gif", "tif", "bmp", "webp"])
    def test_damage_is_either_harmless_or_named(self, tmp_path, suffix):
        Image.fromarray(seven()).save(tmp_path / f"good.{suffix}")
        good = (tmp_path / f"good.{suffix}").read_bytes()
        generator = np.random.default_rng(0)
        damaged = [good[: len(good) * i // 20] for i in range(20)]
        for _ in range(60):
            at, junk = generator.integers(len(good)), generator.bytes(4)
            damaged.append(good[:at] + junk + good[at + 4 :])
        for content in damaged:
            (tmp_path / f"bad.{suffix}").write_bytes(content)
            try:
                read_picture(tmp_path / f"bad.{suffix}")
            except StrokesError as error:
                message = str(error)
            else:
                continue
            assert f"bad.{suffix}" in message

    def test_too_many_pixels_are_refused_before_they_are_read(self, tmp_path, monkeypatch):
        Image.fromarray(seven()).save(tmp_path / "seven.png")
        monkeypatch.setattr(picture_file, "MAX_PIXELS", 1000)
        with pytest.raises(StrokesError, match=r"seven\.png has 300×220 pixels; scale it"):
            read_picture(tmp_path / "seven.png")
        with pytest.raises(StrokesError, match="66,000 pixels; scale it"):
            from_picture(seven())

    def test_a_bomb_is_named(self, tmp_path, monkeypatch):
        Image.fromarray(seven()).save(tmp_path / "seven.png")
        monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
        with pytest.raises(StrokesError, match=r"seven\.png has too many pixels"):
            read_picture(tmp_path / "seven.png")


def test_flatten_refuses_what_has_no_opacity():
    with pytest.raises(StrokesError, match=r"\(5, 5, 3\); give colours"):
        flatten(np.zeros((5, 5, 3), np.uint8))


def test_flatten_weighs_colours_as_the_eye_does():
    colours = np.array(
        [[[255, 0, 0, 255], [0, 255, 0, 255], [0, 0, 255, 255], [255, 255, 255, 255]]], np.uint8
    )
    assert flatten(colours).tolist() == [[76, 150, 29, 255]]
