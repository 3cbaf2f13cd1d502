"""What is known of a data set whose pictures and labels are four IDX files, as MNIST's are."""

from __future__ import annotations

from dataclasses import dataclass

from saegui.core.data import idx
from saegui.core.data.dataset import DatasetInfo

MNIST_FILES = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)
TRAIN_LABELS, TEST_LABELS = 1, 3
"""Places of the labels among the four files."""

Sums = tuple[int | None, int | None, int | None, int | None]


@dataclass(frozen=True)
class IdxSet:
    """One data set of this form: the differences between it and the others."""

    info: DatasetInfo
    torchvision: str
    """The class of torchvision that knows where it is published, and its MD5 sums."""
    files: tuple[str, str, str, str] = MNIST_FILES
    """In the order of :class:`~saegui.core.data.dataset.Arrays`; in a folder each may end in ``.gz``."""
    below: tuple[str, ...] = ()
    """Where the files lie in a folder that the user names, besides where torchvision puts them."""
    sums: Sums = (None, None, None, None)
    """CRC-32 of each file, unpacked, as far as it is known."""
    packed_labels: str = ""
    """MD5 of the packed training labels, where nothing is known of what it unpacks to."""
    transposed: bool = False
    """Whether the files hold rows of pictures as columns."""
    first_label: int = 0
    """The label of the first class."""
    columns: int = 0
    """Numbers that a label consists of, int32, the class in the first of them; 0 where it is one byte, the class."""
    writer: int = 0
    """Which of :attr:`columns` says who wrote a picture."""
    archive: str = ""
    """The ZIP file that holds the packed files, and others, where they are published together."""
    archive_below: str = ""
    """The folder of the cache that keeps :attr:`archive`, for all the data sets in it."""

    @property
    def places(self) -> tuple[str, ...]:
        """Folders below the user's that may hold the files, in the order in which they are looked into."""
        own = self.torchvision
        return (".", f"{own}/raw", "raw", own, *self.below)

    @property
    def label_type(self) -> int:
        """Type of the values in the files of labels, see :data:`saegui.core.data.idx.TYPES`."""
        return idx.INT32 if self.columns else idx.UNSIGNED_BYTE

    @property
    def types(self) -> tuple[int, int, int, int]:
        """Type of the values in each of :attr:`files`."""
        return (idx.UNSIGNED_BYTE, self.label_type, idx.UNSIGNED_BYTE, self.label_type)

    @property
    def variable(self) -> str:
        """The environment variable that names other addresses than torchvision's: base URLs, separated by spaces."""
        name = self.archive_below or self.info.name
        return f"SAEGUI_{name.upper().replace('-', '_')}_MIRRORS"

    @property
    def remedy(self) -> str:
        """What to do where a folder does not hold it; ends a sentence."""
        packed = f", or {self.archive}" if self.archive else ""
        return (
            f"choose a folder that holds {', '.join(self.files)} (each as it is or .gz){packed}, "
            f"there or in {self.torchvision}/raw below it."
        )
