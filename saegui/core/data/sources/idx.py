"""A folder of the user's with MNIST, or a data set in its form: its files say which one it is."""

from __future__ import annotations

from pathlib import Path

from saegui.core.data import idx_folder, idx_loading
from saegui.core.data.dataset import Arrays, DatasetInfo, Found
from saegui.core.data.facts import Facts, classes_text, counts_text
from saegui.core.data.idx_loading import CLASS, LABEL
from saegui.core.data.idx_set import IdxSet
from saegui.core.data.options import Option, Options
from saegui.core.data.source import Description, Preview, Source
from saegui.core.data.sources.mnist_family import SETS, SHAPE
from saegui.core.errors import DataError
from saegui.core.progress import Progress

BY_NAME = {each.info.name: each for each in SETS}
SHOWN = 8
"""Pictures that are shown before anything is decided."""
SET = Option(
    "set",
    "Image set",
    "Which of the image sets in the folder is read.",
    SETS[0].info.name,
    tuple(BY_NAME),
    tuple(each.info.title for each in SETS),
)
INFO = DatasetInfo(
    "idx",
    "Image set in IDX files",
    "Your own copy of MNIST, or of a data set in its form.",
    SHAPE,
    0,
    0,
)


def load(place: Path | None, options: Options, progress: Progress) -> Found:
    """The chosen set in the folder ``place``, or beside the file ``place``, called by what its bytes are."""
    assert place is not None
    this = BY_NAME[str(options[SET.name])]
    if options[LABEL.name] != CLASS and not this.writer:
        raise DataError(
            f"{this.info.title} does not say who wrote its pictures; leave the option {LABEL.name} at {CLASS}."
        )
    found = idx_loading.load(this, SETS, _folder(place), options, progress)
    if isinstance(found, Arrays):
        found = Found(found, this.info.title)
    return found._replace(classes=this.info.classes if found.classes is None else found.classes)


def available(place: Path | None) -> bool:
    """Whether a set is there."""
    return place is not None and bool(_sets(place))


def sniff(path: Path) -> bool:
    """Whether ``path`` is a folder with files of a set, or one of these files; by their names."""
    try:
        if path.is_dir():
            return _begun(path) is not None or bool(_sets(path))
        return any(path.name.startswith(_stems(name)) for this in SETS for name in this.files)
    except OSError:
        return False


def inspect(path: Path, progress: Progress) -> Description:
    """Which sets are there; of one, what it holds."""
    found = _sets(path)
    if not found:
        # Which says what is missing.
        idx_folder.locate(_folder(path), _begun(_folder(path)) or SETS[0], SETS)
    names, titles = (tuple(each.info.name for each in found), tuple(each.info.title for each in found))
    chosen = Option(SET.name, SET.title, SET.help, names[0], names, titles)
    if len(found) > 1:
        return Description(
            f"{len(found)} image sets in IDX files",
            (("image sets", ", ".join(titles)),),
            (chosen, LABEL) if any(each.writer for each in found) else (chosen, _only_class()),
            ask=(SET.name,),
        )
    loaded = load(path, {SET.name: names[0], LABEL.name: CLASS}, progress)
    (this,) = found
    return Description(
        f"{loaded.title} in IDX files",
        _facts(loaded, this.info),
        (chosen, LABEL if this.writer else _only_class()),
        preview=loaded.arrays.train_images[:SHOWN],
        notes=loaded.notes,
    )


def preview(place: Path | None, options: Options, progress: Progress) -> Preview:
    """The first pictures of the chosen set, and what it holds; raises as :func:`load` does."""
    loaded = load(place, options, progress)
    this = BY_NAME[str(options[SET.name])].info
    return Preview(loaded.arrays.train_images[:SHOWN].copy(), _facts(loaded, this), ink=this.ink)


def _facts(loaded: Found, info: DatasetInfo) -> Facts:
    arrays = loaded.arrays
    return (
        ("rows", counts_text(len(arrays.train_images), len(arrays.test_images))),
        ("shape", info.shape_text),
        ("classes", classes_text(loaded.classes or ())),
    )


def _only_class() -> Option:
    """The option of a set that does not say who wrote its pictures."""
    return Option(LABEL.name, LABEL.title, LABEL.help, CLASS, (CLASS,), LABEL.titles[:1])


def _sets(path: Path) -> list[IdxSet]:
    """The sets in a folder, or beside a file; of those with the same names, the one that the bytes are."""
    here: dict[object, list[IdxSet]] = {}
    for this in SETS:
        try:
            located = idx_folder.locate(_folder(path), this, ())
        except DataError:
            continue
        files = (located, this.info.name) if isinstance(located, Path) else tuple(map(tuple, located))
        here.setdefault(files, []).append(this)
    return [
        alike[0] if len(alike) == 1 else idx_folder.told_apart([copies[0] for copies in files], alike)
        for files, alike in here.items()
        if isinstance(files, tuple)
    ]


def _begun(folder: Path) -> IdxSet | None:
    """The first set of which the folder has at least one file."""
    for this in SETS:
        if any(any(idx_folder.files_in(folder / below, this).values()) for below in this.places):
            return this
    return None


def _folder(path: Path) -> Path:
    return path if path.is_dir() else path.parent


def _stems(name: str) -> tuple[str, str]:
    """How the names of a file of a set begin."""
    return name, name.replace("-idx", ".idx")


def _split(options: Options) -> str:
    """Which of EMNIST's data sets, all of which lie in one folder."""
    name = str(options[SET.name])
    return SET.title_of(name) if name.startswith("emnist") else ""


SOURCE = Source(
    INFO,
    load,
    available,
    folder="MNIST and data sets in its form (IDX files)",
    needs_folder=True,
    options=(SET, LABEL),
    sniff=sniff,
    inspect=inspect,
    preview=preview,
    picked=_split,
)
