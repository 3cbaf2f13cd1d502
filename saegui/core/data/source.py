"""What a file in ``sources/`` says of its data set."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from saegui.core.arrays import Array, Images
from saegui.core.data.added import Added
from saegui.core.data.dataset import Arrays, DatasetInfo, Found
from saegui.core.data.options import Option, Options, Value
from saegui.core.progress import Progress


def always(folder: Path | None) -> bool:
    """For a source that needs neither network nor folder."""
    return True


@dataclass(frozen=True)
class Description:
    """What a user's file or folder is, as far as that can be said without reading it whole."""

    kind: str
    """In a few words, such as ``a folder of pictures``."""
    facts: tuple[tuple[str, str], ...]
    """What is known, each with its name: ``("rows", "60,000")``, ``("range", "0 to 1")``."""
    options: tuple[Option, ...] = ()
    """How it can be read: the source's options with the choices that this file offers, and suggested defaults."""
    ask: tuple[str, ...] = ()
    """Names of the :attr:`options` that cannot be told from the file: the user decides."""
    preview: Images | tuple[str, ...] | None = None
    """A few inputs ``(n, *shape)`` as they would be read, or texts."""
    notes: tuple[str, ...] = ()
    """What the user should know, a sentence each."""


@dataclass(frozen=True)
class Preview:
    """A few inputs as they would be read with some options, and what else these decide."""

    rows: Images | tuple[str, ...]
    """Inputs ``(n, *shape)``, or texts."""
    facts: tuple[tuple[str, str], ...] = ()
    """What the options decide: each takes the place of the fact of its name that is known without them."""
    ink: bool = False
    """Whether pictures show ink on paper."""
    options: tuple[Option, ...] = ()
    """What can be chosen now, where that depends on what was chosen; empty where it is what it was."""
    ask: tuple[str, ...] = ()
    """Names of those that the user decides."""


@dataclass(frozen=True)
class Source:
    """One data set: what is known of it, and how it is loaded."""

    info: DatasetInfo
    load: Callable[[Path | None, Options, Progress], Arrays | Found]
    """``load(folder, options, progress)``: the arrays; with a title and notes where what a user's folder holds needs a word.

    ``folder`` may be a file where the source reads one; ``options`` has a value for each of :attr:`options`.

    Heavy packages are imported in here, so that lists stay quick.

    Raises :class:`~saegui.core.errors.DataError`, which names the file and what to do, and
    :class:`~saegui.core.errors.Cancelled`, when ``progress`` gave the work up.
    """
    available: Callable[[Path | None], bool] = always
    """``available(folder)``: whether :attr:`load` needs no network. Does not look at the content of large files."""
    folder: str = ""
    """What a folder of the user's has to hold, such as ``the MNIST files``; empty for a source that reads none."""
    needs_folder: bool = False
    """Whether there is nothing to load without such a folder."""
    options: tuple[Option, ...] = ()
    """What can be chosen about it."""
    sniff: Callable[[Path], bool] | None = None
    """For one that reads users' files: whether a file or folder looks like its own. Quick, from the first bytes; never raises."""
    inspect: Callable[[Path, Progress], Description] | None = None
    """For one that reads users' files: what a file or folder is, and what must be asked. Raises as :attr:`load` does."""
    settle: Callable[[Path, Options, Progress], dict[str, Value]] | None = None
    """For one whose options can be left to the program: ``settle(path, options, progress)`` has what they come to for this
    file, so that a run remembers it. Raises :class:`~saegui.core.errors.DataError` for what cannot be told."""
    preview: Callable[[Path | None, Options, Progress], Preview] | None = None
    """``preview(folder, options, progress)``: a few inputs as :attr:`load` would have them with these options, in about a second
    and without reading all; None for a source that cannot say so soon. Raises as :attr:`load` does."""
    info_of: Callable[[Options], DatasetInfo] | None = None
    """``info_of(options)``: what is known with these options before anything is read; None where they change nothing of it."""
    of_texts: Callable[[Options], Callable[[Sequence[str]], Array]] | None = None
    """For one whose inputs are made of texts: ``of_texts(options)`` makes inputs of other texts, without any file of the user's.
    Raises :class:`~saegui.core.errors.DataError`, as what it gives does for a text that cannot be encoded."""
    picked: Callable[[Options], str] | None = None
    """For one that reads users' files: what of a file these options pick, such as the name of a tensor; empty for all of it."""
    extra: str = ""
    """The optional dependency that it needs, such as ``text`` for ``saegui[text]``; empty for none."""
    made_of: str = ""
    """Name of the option that names the data set whose pictures it is made of; empty where it is made of no other."""
    load_of: Callable[[Path, Path, Options, Progress], Arrays | Found] | None = None
    """For one that reads a file of the user's and is made of pictures, too: ``load_of(file, pictures, options, progress)`` takes
    these from the folder or file ``pictures``. Raises as :attr:`load` does."""
    added: Added | None = None
    """What the user set up, in a source that was made of it."""

    @property
    def takes_folder(self) -> bool:
        """Whether it can be read from a folder of the user's."""
        return bool(self.folder)

    @property
    def always_there(self) -> bool:
        """Whether it needs neither network nor folder, so that it can take the place of what cannot be had."""
        return not (self.info.download_bytes or self.needs_folder or self.extra or self.added)
