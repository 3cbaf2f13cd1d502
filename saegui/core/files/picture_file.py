"""Picture files, opened with care: what is wrong with one is said in words, and none takes more memory than it should."""

from __future__ import annotations

import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from saegui.core.errors import reason
from saegui.core.files import paths

MAX_PIXELS = 64_000_000
"""Larger pictures are refused before they are unpacked: a small file can hold a picture of many gigabytes."""
KINDS = "PNG, JPEG, TIFF, BMP, GIF or WebP"
"""Kinds of picture files that are recommended; Pillow reads others, too."""
LUMA = (0.299, 0.587, 0.114)
"""Weights of red, green and blue in a grey level (ITU-R BT.601)."""


class PictureFault(Exception):  # noqa: N818 - callers say it in an error of their own
    """A file that cannot be read as a picture: ``PATH {why}; {remedy}.`` is a sentence."""

    def __init__(self, why: str, remedy: str) -> None:
        super().__init__(f"{why}; {remedy}")
        self.why, self.remedy = why, remedy


@contextmanager
def opened(file: Path | BinaryIO) -> Iterator[Any]:
    """The Pillow image in ``file``, whose pixels have not been read yet; its first picture where it holds several.

    What goes wrong while the pixels are read inside the ``with`` is translated, too.

    Raises:
        PictureFault: missing, damaged, foreign or too large.
    """
    from PIL import Image, UnidentifiedImageError

    broken = (OSError, SyntaxError, ValueError, EOFError, struct.error, Warning)
    bomb = (Image.DecompressionBombError, Image.DecompressionBombWarning)
    try:
        if isinstance(file, Path):
            paths.check_file(file)
            # Opened here, because Pillow leaves files open that turn out to be damaged.
            with file.open("rb") as binary, Image.open(binary) as image:
                yield _checked(image)
        else:
            with Image.open(file) as image:
                yield _checked(image)
    except FileNotFoundError as error:
        raise PictureFault("does not exist", "choose a picture") from error
    except IsADirectoryError as error:
        raise PictureFault("is a folder", "choose a picture in it") from error
    except bomb as error:
        raise PictureFault("has too many pixels", f"scale it to less than {MAX_PIXELS:,}") from error
    except UnidentifiedImageError as error:
        raise PictureFault("is no picture of a kind that can be read", f"choose a {KINDS} file") from error
    except PermissionError as error:
        raise PictureFault(f"cannot be opened ({error.strerror})", "check its permissions") from error
    except broken as error:
        # What Pillow raises of a file's content has no number of the system.
        fault = "cannot be read" if isinstance(error, OSError) and error.errno else "is damaged"
        raise PictureFault(f"{fault} ({reason(error)})", "choose another picture") from error


def guard() -> None:
    """Pillow's warning of pictures with far too many pixels becomes an error, and its others are not printed."""
    from PIL import Image

    warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")
    warnings.filterwarnings("error", category=Image.DecompressionBombWarning)


def is_deep(image: Any) -> bool:
    """Whether a Pillow image holds one number per pixel of more than 8 bits, or with a fraction."""
    return image.mode in ("F", "I") or image.mode.startswith("I;16")


def numbers(image: Any) -> NDArray[np.float64]:
    """``(H, W)``: the numbers of a deep Pillow image as it was opened, upright as the camera was held.

    Raises:
        PictureFault: some are infinite or no numbers.
    """
    from PIL import ImageOps

    unsigned = _is_unsigned(image)
    values = np.array(ImageOps.exif_transpose(image))
    if unsigned and values.dtype == np.int32:
        values = values.view(np.uint32)
    found = values.astype(np.float64)
    if not np.isfinite(found).all():
        raise PictureFault("has pixels that are infinite or no numbers", "replace them, then save it again")
    return found


def converted(image: Any, mode: str) -> Any:
    """A Pillow image with other colours: ``L``, ``RGB`` or ``RGBA``.

    Raises:
        PictureFault: its own cannot be translated.
    """
    try:
        return image.convert(mode)
    except ValueError as error:
        raise PictureFault(
            f"has colours of the kind {image.mode}, which cannot be read", "save it with RGB colours"
        ) from error


def _checked(image: Any) -> Any:
    if image.width * image.height > MAX_PIXELS:
        raise PictureFault(
            f"has {image.width:,}×{image.height:,} pixels", f"scale it to less than {MAX_PIXELS:,}"
        )
    return image


def _is_unsigned(image: Any) -> bool:
    """Whether a TIFF holds numbers without a sign; Pillow gives those of 32 bits with one."""
    sample_format, unsigned = 339, 1
    tags = getattr(image, "tag_v2", None)
    return tags is not None and tuple(tags.get(sample_format, (unsigned,)))[:1] == (unsigned,)
