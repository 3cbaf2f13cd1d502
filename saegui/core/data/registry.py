"""The data sets there are, by the name that :attr:`RunConfig.dataset` gives them.

A new data set is a file of its own in ``sources/``, its name in the import below, and its ``SOURCE`` in one of the tuples.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

from saegui.core.arrays import Shape
from saegui.core.data.added import Added
from saegui.core.data.dataset import Arrays, DatasetInfo, Found
from saegui.core.data.noun import Noun, noun_of_shape
from saegui.core.data.options import Option, Options, Value, checked
from saegui.core.data.source import Source
from saegui.core.data.sources import (
    arrays,
    digits,
    idx,
    layer,
    mnist_family,
    olivetti,
    onnx,
    patches,
    pictures,
    text,
    usps,
    words,
)
from saegui.core.errors import DataError
from saegui.core.networks.onnx_model import Size
from saegui.core.progress import Progress

SOURCES: dict[str, Source] = {
    source.info.name: source
    for source in (
        mnist_family.SOURCE,
        digits.SOURCE,
        *mnist_family.OTHERS,
        usps.SOURCE,
        olivetti.SOURCE,
        patches.SOURCE,
        words.SOURCE,
    )
}
"""In the order of menus; the first is the default. What users set up follows: see :func:`add`."""


def _pictures_of(name: str, folder: Path | None, progress: Progress) -> Found:
    """What another data set is made of: the pictures of ``name``, from ``folder`` where that source reads one."""
    found = SOURCES[name]
    loaded = found.load(folder if found.takes_folder else None, checked(found.options, {}), progress)
    if not isinstance(loaded, Found):
        loaded = Found(loaded, found.info.title)
    return loaded._replace(
        classes=found.info.classes if loaded.classes is None else loaded.classes,
        ink=found.info.ink if loaded.ink is None else loaded.ink,
    )


_WITH_CLASSES = {
    name: source.info
    for name, source in SOURCES.items()
    if source.info.classes and len(source.info.shape) > 1
}
SOURCES[layer.NAME] = replace(
    layer.source(_WITH_CLASSES, _pictures_of),
    available=lambda folder: _is_there(next(iter(_WITH_CLASSES)), folder),
)


def _file_pictures(path: Path, size: Size | None, progress: Progress) -> Found:
    """What a file or folder of the user's holds, read as its reader suggests; pictures are brought to ``size``."""
    for reader in (idx.SOURCE, arrays.SOURCE, pictures.SOURCE):
        if reader.sniff is not None and reader.sniff(path) and reader.inspect is not None:
            suggested = checked(reader.inspect(path, progress).options, {})
            if reader is pictures.SOURCE:
                suggested |= pictures.brought_to(size)
            elif reader is arrays.SOURCE:
                suggested |= _arrays_of(path, size)
            if reader.settle is not None:
                suggested = reader.settle(path, suggested, progress)
            found = reader.load(path, suggested, progress)
            found = found if isinstance(found, Found) else Found(found, path.stem)
            return found._replace(added=Added(reader.info.name, path, suggested))
    raise DataError(
        f"{path} is not there, or holds neither pictures nor arrays; choose another file or folder."
    )


def _arrays_of(path: Path, size: Size | None) -> dict[str, Value]:
    """How rows of ``path`` become pictures of this ``size``, if they can: in colour where they have so many numbers."""
    if size is None or size.height is None or size.width is None:
        return {}
    grey = size.height, size.width
    return arrays.brought_to(path, (*grey, 3)) or arrays.brought_to(path, grey)


_READERS: tuple[Source, ...] = (
    idx.SOURCE,
    arrays.SOURCE,
    pictures.SOURCE,
    onnx.source(_WITH_CLASSES, _pictures_of, _file_pictures),
    text.SOURCE,
)

READERS: dict[str, Source] = {source.info.name: source for source in _READERS}
"""What reads files and folders of the user's, in the order in which they are asked whether a file is theirs."""

DEFAULT = next(iter(SOURCES))
"""The data set of a training that names none."""


class _Infos(Mapping[str, DatasetInfo]):
    """What is known of each of :data:`SOURCES`, also of one that is added later."""

    def __getitem__(self, name: str) -> DatasetInfo:
        return SOURCES[name].info

    def __iter__(self) -> Iterator[str]:
        return iter(SOURCES)

    def __len__(self) -> int:
        return len(SOURCES)


DATASETS: Mapping[str, DatasetInfo] = _Infos()
"""What is known of each data set before it is loaded, by name, in the order of menus."""


def source(name: str) -> Source:
    """The source of the data set ``name``.

    Raises:
        DataError: there is none of that name; lists those there are.
    """
    if name not in SOURCES:
        raise DataError(f"There is no data set '{name}'; choose one of {', '.join(SOURCES)}.")
    return SOURCES[name]


def add(added: Added, *, shape: Shape | None = None) -> str:
    """Make ``added`` one of :data:`SOURCES`, if it is not one already; its name there. Nothing is read.

    ``shape`` of one input, where it is known; what else its :class:`DatasetInfo` says is known once it was loaded.

    Raises:
        DataError: this program has no such source.
    """
    name = added.name
    if name in SOURCES:
        return name
    base = READERS.get(added.source) or SOURCES.get(added.source)
    if base is None or base.added is not None:
        raise DataError(f"This saegui has nothing that reads data of the kind '{added.source}'.")
    known = base.info
    if base.info_of is not None:
        known = base.info_of(checked(base.options, added.options))
    info = replace(
        known,
        name=name,
        title=_title(base, added),
        about=known.about if added.path is None else f"Added from {added.path}.",
        shape=shape or known.shape,
        download_bytes=_to_download(base, added),
    )
    SOURCES[name] = replace(
        base,
        info=info,
        load=partial(_load, base, added),
        available=partial(_available, base, added),
        needs_folder=False,
        options=(),
        sniff=None,
        inspect=None,
        added=added,
    )
    return name


def chosen_options(name: str) -> tuple[tuple[str, str], ...]:
    """How the data set ``name`` is read, if the user set it up: each option's title, and how a form calls its value."""
    added = source(name).added
    base = None if added is None else READERS.get(added.source) or SOURCES.get(added.source)
    if added is None or base is None:
        return ()
    return tuple(
        (option.title, option.title_of(value))
        for option in base.options
        if (value := added.options.get(option.name)) not in (None, "")
    )


def _title(base: Source, added: Added) -> str:
    """What tells it from all others that there are: what was chosen, and where its file is, only where that is needed."""
    if added.path is None:
        different = [
            _chosen(option, added)
            for option in base.options
            if added.options.get(option.name, option.default) != option.default
        ]
        return f"{base.info.title} ({', '.join(different)})" if different else base.info.title
    if added.source in READERS:
        title = added.title(base.picked(added.options) if base.picked is not None else "")
    else:
        title = f"{base.info.title} of {added.title()}"
    alike = [
        each.added
        for each in SOURCES.values()
        if each.added is not None and each.added.path is not None and each.info.title == title
    ]
    beside = [each for each in alike if each.path == added.path]
    words = [
        _chosen(option, added)
        for option in base.options
        if any(each.options.get(option.name) != added.options.get(option.name) for each in beside)
    ]
    if len(beside) < len(alike):
        words.append(f"in {added.path.parent}")
    return f"{title} ({', '.join(words)})" if words else title


def _chosen(option: Option, added: Added) -> str:
    return f"{option.title.lower()} {option.title_of(added.options.get(option.name, option.default))}"


def _load(
    base: Source, added: Added, folder: Path | None, options: Options, progress: Progress
) -> Arrays | Found:
    if (
        folder is not None
        and added.path is not None
        and base.load_of is not None
        and not _is_its(base, folder)
    ):
        return base.load_of(added.path, folder, added.options, progress)
    return base.load(folder or added.path, added.options, progress)


def _is_its(base: Source, path: Path) -> bool:
    """Whether ``path`` is a file that ``base`` reads, not one of the pictures that it is made of."""
    return base.sniff is not None and base.sniff(path)


def _available(base: Source, added: Added, folder: Path | None) -> bool:
    if added.path is None and base.made_of:
        return _is_there(str(added.options[base.made_of]), folder)
    if (
        folder is not None
        and added.path is not None
        and base.load_of is not None
        and not _is_its(base, folder)
    ):
        return base.available(added.path) and folder.exists()
    return base.available(folder or added.path)


def _to_download(base: Source, added: Added) -> int:
    """Bytes that the network has to deliver for the pictures that a data set is made of."""
    made_of = SOURCES.get(str(added.options.get(base.made_of, "")))
    return made_of.info.download_bytes if made_of is not None else 0


def _is_there(name: str, folder: Path | None) -> bool:
    """Whether the pictures of ``name`` can be had without the network."""
    found = SOURCES.get(name)
    return found is not None and found.available(folder if found.takes_folder else None)


def update_info(name: str, info: DatasetInfo) -> None:
    """Keep what was found out about the added data set ``name`` when it was loaded."""
    SOURCES[name] = replace(SOURCES[name], info=info)


def forget(name: str) -> None:
    """Take an added data set out of :data:`SOURCES`; nothing happens to its files."""
    if SOURCES[name].added is not None:
        del SOURCES[name]


def built_in() -> str:
    """The first data set that needs neither network nor folder: it takes the place of one that cannot be had."""
    return next(name for name, found in SOURCES.items() if found.always_there)


def shows_ink(name: str) -> bool:
    """Whether pictures of a data set show ink on paper; taken to do so where no source knows it."""
    return SOURCES[name].info.ink if name in SOURCES else True


def noun_of(name: str, shape: Shape = ()) -> Noun:
    """What an input of a data set is called; by its ``shape`` where no source knows it."""
    return SOURCES[name].info.noun if name in SOURCES else noun_of_shape(shape)


def short_name(name: str) -> str:
    """For names of runs and file names: the name, and for one that the user set up its file's, without the number behind it."""
    added = SOURCES[name].added if name in SOURCES else None
    if added is None:
        return name
    of_files = added.path is not None and added.source not in READERS
    return f"{added.source} of {added.stem}" if of_files else added.stem


def title_of(name: str) -> str:
    """How people call a data set; its name where no source knows it, as in a run from somebody else's program."""
    return SOURCES[name].info.title if name in SOURCES else name
