"""The library: what notebooks and scripts use, and the command line too. Importing it imports neither torch nor matplotlib.

``saegui.load_run``, ``saegui.load_data``, ``saegui.train`` and ``saegui.encode`` are these; ``saegui.figures`` and
``saegui.analysis`` are :mod:`saegui.core.figures` and :mod:`saegui.core.analysis`.
"""

from saegui.core.api.models import encode, load_data, load_run
from saegui.core.api.trainings import train
from saegui.core.model.snapshot import Snapshot


def _dictionary(snapshot: Snapshot) -> bytes | None:
    from saegui.core.figures.dictionary_picture import dictionary_png

    return dictionary_png(snapshot)


Snapshot.to_png = _dictionary

__all__ = ["encode", "load_data", "load_run", "train"]
