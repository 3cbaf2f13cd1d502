"""MNIST and the data sets that are published in its form: four IDX files of pictures, 28×28, and their labels.

What differs between them is said here, and read by :mod:`saegui.core.data.idx_loading`. Addresses and MD5 sums of the
packed files are torchvision's; the CRC-32 sums are those of the files unpacked.
"""

from __future__ import annotations

import string

from saegui.core.data import idx_loading
from saegui.core.data.dataset import DatasetInfo
from saegui.core.data.idx_set import IdxSet

SHAPE = (28, 28)
DIGITS = tuple(string.digits)

MNIST = IdxSet(
    DatasetInfo(
        "mnist",
        "MNIST",
        "70,000 handwritten digits, 28×28, from 836 writers; fetched once (12 MB) or read from a folder.",
        SHAPE,
        60_000,
        10_000,
        DIGITS,
        download_bytes=11_594_722,
        credit="LeCun, Cortes and Burges",
        licence="CC BY-SA 3.0",
        home="http://yann.lecun.com/exdb/mnist/",
    ),
    "MNIST",
    sums=(0xE9F4D8B3, 0xE0CB4AD2, 0x91373BDF, 0x4AB9EFF9),
)
FASHION_MNIST = IdxSet(
    DatasetInfo(
        "fashion-mnist",
        "Fashion-MNIST",
        "70,000 photographs of clothes, shoes and bags, 28×28; fetched once (31 MB) or read from a folder.",
        SHAPE,
        60_000,
        10_000,
        (
            "T-shirt/top",
            "Trouser",
            "Pullover",
            "Dress",
            "Coat",
            "Sandal",
            "Shirt",
            "Sneaker",
            "Bag",
            "Ankle boot",
        ),
        download_bytes=30_878_645,
        credit="Xiao, Rasul and Vollgraf (Zalando)",
        licence="MIT",
        home="https://github.com/zalandoresearch/fashion-mnist",
    ),
    "FashionMNIST",
    below=("data/fashion", "fashion-mnist/data/fashion"),
    sums=(None, 0x741A4657, None, 0x80142C1F),
)
KMNIST = IdxSet(
    DatasetInfo(
        "kmnist",
        "KMNIST",
        "70,000 cursive Japanese characters from old books, 28×28; fetched once (21 MB) or read from a folder.",
        SHAPE,
        60_000,
        10_000,
        ("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"),
        download_bytes=21_240_888,
        credit="Clanuwat, Bober-Irizar, Kitamoto and others (CODH)",
        licence="CC BY-SA 4.0",
        home="http://codh.rois.ac.jp/kmnist/",
    ),
    "KMNIST",
    packed_labels="e144d726b3acfaa3e44228e80efcd344",
)
QMNIST = IdxSet(
    DatasetInfo(
        "qmnist",
        "QMNIST",
        "MNIST made again from its source, with 60,000 test digits and the writer of each, 28×28; fetched once (20 MB) or "
        "read from a folder.",
        SHAPE,
        60_000,
        60_000,
        DIGITS,
        download_bytes=20_436_162,
        credit="Yadav and Bottou",
        licence="BSD 3-Clause",
        home="https://github.com/facebookresearch/qmnist",
    ),
    "QMNIST",
    files=(
        "qmnist-train-images-idx3-ubyte",
        "qmnist-train-labels-idx2-int",
        "qmnist-test-images-idx3-ubyte",
        "qmnist-test-labels-idx2-int",
    ),
    sums=(None, 0xEE960A34, None, 0x80E20DFB),
    columns=8,
    writer=2,
)

_BOTH_CASES_DIFFER = "abdefghnqrt"
"""Letters whose small form is a class of its own where the others are merged with the capital."""
_MERGED = tuple(string.digits + string.ascii_uppercase + _BOTH_CASES_DIFFER)


def _emnist(
    split: str, holds: str, counts: tuple[int, int], classes: tuple[str, ...], first_label: int = 0
) -> IdxSet:
    return IdxSet(
        DatasetInfo(
            f"emnist-{split}",
            f"EMNIST {split}",
            f"{sum(counts):,} {holds}, 28×28; fetched once for all six EMNIST sets (562 MB) or read from a folder.",
            SHAPE,
            *counts,
            classes,
            download_bytes=561_753_746,
            credit="Cohen, Afshar, Tapson and van Schaik",
            licence="none stated; made from NIST Special Database 19",
            home="https://www.nist.gov/itl/products-and-services/emnist-dataset",
        ),
        "EMNIST",
        files=(
            f"emnist-{split}-train-images-idx3-ubyte",
            f"emnist-{split}-train-labels-idx1-ubyte",
            f"emnist-{split}-test-images-idx3-ubyte",
            f"emnist-{split}-test-labels-idx1-ubyte",
        ),
        transposed=True,
        first_label=first_label,
        archive="gzip.zip",
        archive_below="emnist",
    )


EMNIST = (
    _emnist(
        "byclass",
        "handwritten digits, capital and small letters",
        (697_932, 116_323),
        tuple(string.digits + string.ascii_uppercase + string.ascii_lowercase),
    ),
    _emnist(
        "bymerge",
        "handwritten digits and letters, those that look alike in both cases in one class",
        (697_932, 116_323),
        _MERGED,
    ),
    _emnist(
        "balanced",
        "handwritten digits and letters, as many of each of 47 classes",
        (112_800, 18_800),
        _MERGED,
    ),
    _emnist(
        "letters",
        "handwritten letters, capital and small in one class",
        (124_800, 20_800),
        tuple(string.ascii_lowercase),
        first_label=1,
    ),
    _emnist("digits", "handwritten digits", (240_000, 40_000), DIGITS),
    _emnist("mnist", "handwritten digits, chosen and split as MNIST's", (60_000, 10_000), DIGITS),
)

SETS = (MNIST, FASHION_MNIST, KMNIST, *EMNIST, QMNIST)
SOURCE, *OTHERS = (idx_loading.source(each, SETS) for each in SETS)
"""MNIST's source, and those of the others."""
