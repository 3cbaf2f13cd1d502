"""``--log-dir``: files for TensorBoard."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from saegui.core.api.tensorboard import TensorBoard


def add_log_dir(parser: argparse.ArgumentParser) -> None:
    """``--log-dir``; :func:`boards` opens it."""
    parser.add_argument(
        "--log-dir",
        metavar="DIR",
        type=Path,
        help="also write curves, histograms of the latents and pictures of the dictionary for TensorBoard into this folder; with "
        "--vary into one folder a run in it",
    )


@contextmanager
def boards(folder: Path | None, names: Sequence[str]) -> Iterator[list[TensorBoard]]:
    """A log for each training, in ``folder`` under its name; none where no folder is given."""
    with ExitStack() as stack:
        if folder is None:
            yield []
            return
        from saegui.core.api.tensorboard import TensorBoard

        yield [stack.enter_context(closing(TensorBoard(folder / name))) for name in names]
