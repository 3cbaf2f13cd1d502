"""The data sets there are, by the name that :attr:`RunConfig.dataset` gives them.

A new data set is a file of its own in ``sources/``, its name in the import below, and its ``SOURCE`` in the tuple.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from saegui.core.data.dataset import DatasetInfo
from saegui.core.data.source import Source
from saegui.core.data.sources import digits, mnist, olivetti, patches
from saegui.core.errors import DataError

SOURCES: dict[str, Source] = {
    source.info.name: source
    for source in (
        mnist.SOURCE,
        digits.SOURCE,
        olivetti.SOURCE,
        patches.SOURCE,
    )
}
"""In the order of menus; the first is the default."""

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


def built_in() -> str:
    """The first data set that needs neither network nor folder: it takes the place of one that cannot be had."""
    return next(name for name, found in SOURCES.items() if found.always_there)


def shows_ink(name: str) -> bool:
    """Whether pictures of a data set show ink on paper; taken to do so where no source knows it."""
    return SOURCES[name].info.ink if name in SOURCES else True


def title_of(name: str) -> str:
    """How people call a data set; its name where no source knows it, as in a run from somebody else's program."""
    return SOURCES[name].info.title if name in SOURCES else name
