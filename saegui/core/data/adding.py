"""Setting up a user's own data set: what reads a file or folder, how, and under which name the program knows it then."""

from __future__ import annotations

import mimetypes
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from saegui.core.data.added import Added
from saegui.core.data.options import Option, checked, value_text
from saegui.core.data.registry import READERS, SOURCES, add
from saegui.core.data.source import Description, Preview, Source
from saegui.core.errors import DataError, reason
from saegui.core.files import paths
from saegui.core.progress import UNWATCHED, Progress

NOTHING = "is nothing that saegui reads"


class Inspected(NamedTuple):
    """A file or folder of the user's, and how it can be read."""

    path: Path
    reader: Source
    description: Description
    problem: str = ""
    """Why it cannot be trained on, as long as nothing else is chosen than what is suggested; empty where it can."""

    def missing(self, given: Mapping[str, Any]) -> list[Option]:
        """The options that must be chosen and are not among those that were ``given``."""
        about = self.description
        return [option for option in about.options if option.name in about.ask and option.name not in given]

    def added(self, given: Mapping[str, Any]) -> Added:
        """The data set that it becomes with the options that were ``given``, and the suggested ones for the others.

        Raises:
            DataError: names the option that has to be given, or that has a wrong value.
        """
        # What was mistyped comes first: else it would never be named where something has to be asked.
        options = checked(self.description.options, given)
        asked = self.missing(given)
        if len(asked) == 1:
            (option,) = asked
            raise DataError(
                f"{self.path} can be read in more than one way. {option.title}: {option.help} "
                f"Choose the option {option.name}; it is {option.allowed}."
            )
        if asked:
            suitable = ", ".join(f"{option.name}={value_text(option.default)}" for option in asked)
            raise DataError(
                f"{self.path} can be read in more than one way. Choose the options {suitable}, or other values."
            )
        if self.reader.settle is not None:
            options = self.reader.settle(self.path, options, UNWATCHED)
        return Added(self.reader.info.name, self.path, options)

    def why_not(self, given: Mapping[str, Any]) -> str:
        """Why it cannot be trained on with the options that were ``given`` and the suggested ones; empty where it can."""
        asked = {option.name: option.default for option in self.missing(given)}
        try:
            self.added({**asked, **given})
        except DataError as error:
            return str(error)
        return ""

    def preview(self, given: Mapping[str, Any], progress: Progress = UNWATCHED) -> Preview | None:
        """A few inputs as they would be read with the options that were ``given``, and the suggested ones for the others.

        None where the reader cannot say so before all is read.

        Raises:
            DataError: an option has a wrong value, or one that does not suit this file.
            Cancelled: ``progress`` gave the work up.
        """
        if self.reader.preview is None:
            return None
        return self.reader.preview(self.path, checked(self.description.options, given), progress)


def reader_of(path: Path) -> Source:
    """What reads ``path``, by its first bytes.

    Raises:
        DataError: it is not there, or nothing reads it; says what can be read.
    """
    try:
        path.stat()
    except OSError as error:
        raise DataError(
            f"{path} cannot be read ({error.strerror or error}); choose a file or folder."
        ) from error
    for reader in READERS.values():
        if reader.sniff is not None and reader.sniff(path):
            return reader
    why = _why_unread(path)
    kind, _ = mimetypes.guess_type(path.name)
    if why == NOTHING and kind is not None and kind.startswith("image/"):
        raise DataError(
            f"{path} is a single picture, but a data set is many; choose the folder that holds it and others, or take Natural "
            "patches from it."
        )
    kinds = "; ".join(reader.folder for reader in READERS.values())
    raise DataError(f"{path} {why}; choose one of these: {kinds}.")


def _why_unread(path: Path) -> str:
    """Of what no reader takes for its own."""
    if path.is_dir():
        return "is a folder that holds nothing that saegui reads"
    try:
        paths.check_file(path)
        with path.open("rb") as file:
            start = file.read(1)
    except OSError as error:
        return f"cannot be read ({reason(error)})"
    return NOTHING if start else "is empty"


def inspect(path: Path, progress: Progress = UNWATCHED) -> Inspected:
    """What ``path`` is, and how it can be read.

    Raises:
        DataError: names the file, what is wrong with it and what to do.
        Cancelled: ``progress`` gave the work up.
    """
    path = path.absolute()
    reader = reader_of(path)
    assert reader.inspect is not None
    found = Inspected(path, reader, reader.inspect(path, progress))
    return found._replace(problem=found.why_not({}))


def is_path(text: str) -> bool:
    """Whether ``text``, given as a data set, is meant as a file or folder: no data set has this name, and something is there."""
    return text not in SOURCES and (Path(text).name != text or Path(text).exists())


def name_of(text: str, given: Mapping[str, Any], progress: Progress = UNWATCHED) -> str:
    """The name of the data set that ``text`` means with the options that were ``given``: a name, or a file or folder.

    It is added to the program where it is the user's own.

    Raises:
        DataError: as :func:`inspect`; names the option that has to be given, or that has a wrong value.
        Cancelled: ``progress`` gave the work up.
    """
    if is_path(text):
        return add(inspect(Path(text), progress).added(given))
    if not given or text not in SOURCES:
        return text
    source = SOURCES[text]
    return add(Added(source.info.name, None, checked(source.options, given)))
