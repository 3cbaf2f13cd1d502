"""A folder of the user's own pictures, or a zip file of one: the class of a picture is its subfolder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from saegui.core.arrays import Images, Shape, shape_text
from saegui.core.data import picture_folder, picture_rows, picture_store, split
from saegui.core.data.dataset import NO_LABELS, Arrays, DatasetInfo, Found, Labels, UInt8, label_type
from saegui.core.data.facts import Facts, counts_text
from saegui.core.data.options import Option, Options, Value, checked
from saegui.core.data.picture_folder import Division, Entry, Listing, named
from saegui.core.data.picture_rows import CROP, FITS, KINDS, PHOTOGRAPHS, WHITE, Look
from saegui.core.data.picture_store import Chosen, Read
from saegui.core.data.picture_survey import SMALL_SIDE, Survey, classes_text, spread, surveyed
from saegui.core.data.source import Description, Preview, Source
from saegui.core.errors import DataError
from saegui.core.files import picture_file
from saegui.core.files.picture_file import PictureFault
from saegui.core.progress import Progress

MOST_SIDE = 512
"""Pixels of a side that can be chosen."""
MOST_CLASSES = 65_536
SHOWN = 8
"""Pictures that are shown before anything is decided."""
LABELS = ("subfolders", "none")

OPTIONS = (
    Option(
        "height",
        "Height",
        "Pixels of a picture's height, as the model sees it.",
        SMALL_SIDE,
        low=1,
        high=MOST_SIDE,
    ),
    Option(
        "width",
        "Width",
        "Pixels of a picture's width, as the model sees it.",
        SMALL_SIDE,
        low=1,
        high=MOST_SIDE,
    ),
    Option(
        "colour",
        "Colour",
        "Whether pictures are in grey or in colour, which makes a model three times as large.",
        "grey",
        choices=("grey", "colour"),
        titles=("grey", "colour"),
    ),
    Option(
        "fit",
        "Other proportions",
        "What becomes of pictures with other proportions: their middle, the whole picture with margins, or stretched.",
        CROP,
        choices=FITS,
        titles=("middle part", "whole, with margins", "stretched"),
    ),
    Option(
        "kind",
        "Shows",
        "Dark ink is turned over, so that paper is 0 and ink is 255, as in MNIST. Photographs stay as they are.",
        PHOTOGRAPHS,
        choices=KINDS,
        titles=("photographs", "dark ink on light paper", "bright ink on dark"),
    ),
    Option(
        "labels",
        "Classes",
        "Whether subfolders are classes. Without classes all pictures are used, wherever they lie.",
        "subfolders",
        choices=LABELS,
        titles=("a subfolder each", "none"),
    ),
    Option(
        "test_share",
        "For testing",
        "Share of each class that is for testing. Folders called train and test decide it themselves.",
        0.2,
        low=0.01,
        high=0.9,
    ),
    Option("seed", "Seed", "Decides which pictures are for testing.", 0, low=0, high=2**31 - 1),
    Option(
        "white",
        "White",
        "The number that is white in pictures with more than 8 bits a pixel, or with fractions; 0 is black.",
        WHITE,
        low=1e-9,
        high=1e12,
    ),
)

INFO = DatasetInfo(
    "pictures",
    "Pictures",
    "Your own folder of pictures; each subfolder is a class.",
    (SMALL_SIDE, SMALL_SIDE),
    0,
    0,
    ink=False,
)


def load(place: Path | None, options: Options, progress: Progress) -> Found:
    """The pictures in ``place``, a folder or a zip file: read once, and kept until it changes.

    Pictures that cannot be read are left out, and a note names them.
    """
    assert place is not None
    listing = _listed(place, progress)
    folder = picture_store.folder_for("pictures", place, options)

    def make() -> tuple[Arrays, dict[str, Any]]:
        division = _divided(listing, options)
        return picture_store.made(
            folder,
            listing,
            division.used,
            Look.of(options),
            lambda read: _chosen(listing, division, options, read),
            progress,
        )

    arrays, about, notes = picture_store.kept_or_made(folder, listing, make)
    return Found(
        arrays,
        picture_folder.title_of(place),
        notes,
        classes=tuple(about["classes"]) or NO_LABELS,
        ink=options["kind"] != PHOTOGRAPHS,
    )


def available(place: Path | None) -> bool:
    """Whether ``place`` can be read; what is in it, :func:`load` finds out."""
    return place is not None and (place.is_dir() or picture_folder.is_zip(place))


def sniff(path: Path) -> bool:
    """Whether ``path`` is a folder or a zip file with at least one picture among its first few thousand names."""
    return picture_folder.holds_pictures(path)


def inspect(path: Path, progress: Progress) -> Description:
    """How many pictures there are, of which classes, sizes and kinds, and how they are best read.

    Raises:
        DataError: there are none, or none can be read.
        Cancelled: ``progress`` gave the work up.
    """
    listing = _listed(path, progress)
    survey = surveyed(listing, progress)
    if not survey.headers:
        raise DataError(_none_readable(listing, survey.faults))
    options = suggested(listing, survey)
    chosen = {option.name: option.default for option in options}
    division = _divided(listing, chosen)
    notes = _notes(listing, division)
    if survey.faults:
        notes.append(_left_out(len(survey.headers) + len(survey.faults), survey.faults))
    if survey.pages:
        notes.append(f"{named(survey.pages)} hold more than one picture each, of which the first is read.")
    facts = [*survey.facts(division), *_facts(division, chosen)]
    if listing.others:
        facts.append(("other files", listing.others_in_words))
    return Description(
        "a zip file of pictures" if path.is_file() else "a folder of pictures",
        tuple(facts),
        options,
        ask=survey.to_ask(chosen),
        preview=_some(listing, division, chosen),
        notes=tuple(notes),
    )


def reads(path: Path) -> bool:
    """Whether :func:`rows` is for ``path``: a folder or zip file with pictures, or one picture."""
    return path.suffix.casefold() in picture_folder.ENDINGS or sniff(path)


def rows(
    place: Path, shape: Shape, trained: Options | None, given: Mapping[str, Any], progress: Progress
) -> tuple[UInt8, tuple[str, ...]]:
    """All pictures in ``place``, in the natural order of their names, as a model that reads ``shape`` is given them, and notes.

    They are read as those that it was trained on, whose options are ``trained``; where there are none, as the pictures
    themselves suggest. ``given`` are other values of options.

    Raises:
        DataError: none can be read, an option is wrong, or all together are too large for the memory.
    """
    listing = picture_folder.listed(place, progress)
    if trained is None:
        survey = surveyed(listing, progress)
        trained = (
            {option.name: option.default for option in suggested(listing, survey)} if survey.headers else {}
        )
    other = {name: value for name, value in checked(OPTIONS, given).items() if name in given}
    own = {"height": shape[0], "width": shape[1], "colour": "colour" if len(shape) == 3 else "grey"}
    look = Look.of({**checked(OPTIONS, {}), **trained, **other, **own})
    found, faults = picture_store.in_memory(listing, look, progress)
    if not len(found):
        raise DataError(_none_readable(listing, faults))
    return found, (_left_out(len(listing.pictures), faults),) if faults else ()


def brought_to(size: tuple[int | None, int | None, int | None] | None) -> dict[str, Value]:
    """The options that give pictures of this height, width and number of colours; None for one that is left as suggested."""
    height, width, colours = size or (None, None, None)
    named = {"height": height, "width": width, "colour": colours and ("colour" if colours == 3 else "grey")}
    return {name: value for name, value in named.items() if value is not None}


def suggested(listing: Listing, survey: Survey) -> tuple[Option, ...]:
    """:data:`OPTIONS` with the defaults that suit the pictures; ``white`` only where some have more than 8 bits."""
    values = survey.suggested()
    values["labels"] = LABELS[0] if picture_folder.has_classes(listing) else LABELS[1]
    return tuple(
        replace(option, default=values.get(option.name, option.default))
        for option in OPTIONS
        if option.name != "white" or "white" in values
    )


def preview(place: Path | None, options: Options, progress: Progress) -> Preview:
    """A few of the pictures, from all classes, as they would be read, and how many there would be.

    Raises:
        DataError: there are none.
    """
    assert place is not None
    listing = _listed(place, progress)
    division = _divided(listing, options)
    classes = ("classes", classes_text(division) if division.classes else "none")
    facts = (("pictures", f"{len(division.used):,}"), classes, *_facts(division, options))
    return Preview(_some(listing, division, options), facts, ink=options["kind"] != PHOTOGRAPHS)


def _facts(division: Division, options: Options) -> Facts:
    """How many pictures are for training and how large each is, as long as all can be read."""
    labels: Labels = (
        division.labels.astype(np.uint16) if division.classes else np.zeros(len(division.used), np.uint8)
    )
    found = [("one input", shape_text(Look.of(options).shape))]
    if division.test is not None:
        n_test = int(division.test.sum())
    elif len(labels) > 1:
        n_test = len(split.at_least_one_each(labels, float(options["test_share"]), int(options["seed"]))[1])
    else:
        return tuple(found)
    return (("rows", counts_text(len(labels) - n_test, n_test)), *found)


def _some(listing: Listing, division: Division, options: Options, count: int = SHOWN) -> Images:
    """``(n, h, w[, 3])``: at most ``count`` of the pictures, from all classes, as they would be read."""
    picture_file.guard()
    look = Look.of(options)
    rows: dict[Entry, UInt8] = {}
    some = spread(division.used, 3 * count)
    with picture_folder.opener(listing) as opened:
        # A third of them is enough unless some cannot be read.
        for entry in (*some[1::3], *some[::3], *some[2::3]):
            try:
                rows[entry] = picture_rows.row(opened(entry), look)
            except PictureFault:
                continue
            if len(rows) == count:
                break
    shown = [rows[entry] for entry in some if entry in rows]
    return np.stack(shown) if shown else np.zeros((0, *look.shape), np.uint8)


def _listed(place: Path, progress: Progress) -> Listing:
    if place.is_file() and not picture_folder.is_zip(place):
        raise DataError(f"{place} is a file; choose the folder that holds the pictures, or a zip file of it.")
    return picture_folder.listed(place, progress)


def _divided(listing: Listing, options: Options) -> Division:
    division = picture_folder.divided(listing, options["labels"] == "subfolders")
    if len(division.classes) > MOST_CLASSES:
        raise DataError(
            f"{listing.place} holds {len(division.classes):,} subfolders with pictures, and a data set has at most "
            f"{MOST_CLASSES:,} classes; read it without classes (labels=none)."
        )
    return division


def _chosen(listing: Listing, division: Division, options: Options, read: Read) -> Chosen:
    """Which rows are for training and which for testing, and their labels: classes of which nothing could be read are gone."""
    if len(read.good) < 2:
        raise DataError(_none_readable(listing, read.faults, len(read.good)))
    there, labels = np.unique(division.labels[read.good], return_inverse=True)
    small: Labels = labels.astype(label_type(len(there)))
    if division.test is None:
        train, test = split.at_least_one_each(small, float(options["test_share"]), int(options["seed"]))
    else:
        is_test = division.test[read.good]
        train, test = (np.flatnonzero(part) for part in (~is_test, is_test))
        if not len(train) or not len(test):
            empty = "training" if not len(train) else "testing"
            raise DataError(
                f"{listing.place} divides its pictures into folders, and none of those for {empty} can be read: "
                f"{named(read.faults)}; add pictures there."
            )
        train = np.random.default_rng(int(options["seed"])).permutation(train)
    notes = [_left_out(len(division.used), read.faults)] if read.faults else []
    about = {
        "fingerprint": listing.fingerprint,
        "classes": [division.classes[label] for label in there] if division.classes else [],
        "notes": notes + _notes(listing, division),
    }
    return Chosen(train, test, small, about)


def _notes(listing: Listing, division: Division) -> list[str]:
    notes = []
    if division.left_out:
        lie = "picture lies" if division.left_out == 1 else "pictures lie"
        notes.append(
            f"{division.left_out:,} {lie} beside the folders of classes, to be left out; with labels=none all are used."
        )
    if listing.closed:
        notes.append(f"{named(listing.closed)} cannot be looked into and is left out.")
    return notes


def _left_out(total: int, faults: Sequence[str]) -> str:
    return f"{len(faults):,} of {total:,} pictures cannot be read and are left out: {named(faults)}."


def _none_readable(listing: Listing, faults: Sequence[str], readable: int = 0) -> str:
    if readable or not faults:
        others = f" ({named(faults)})" if faults else ""
        return (
            f"{listing.place} holds only one picture that can be read{others}, and training needs one more for testing; "
            "add more pictures."
        )
    return f"None of the {len(faults):,} pictures in {listing.place} can be read: {named(faults)}; choose another folder."


SOURCE = Source(
    INFO,
    load,
    available,
    folder="pictures, each class in a subfolder",
    needs_folder=True,
    options=OPTIONS,
    sniff=sniff,
    inspect=inspect,
    preview=preview,
)
