"""The caption of a figure, for a paper: as words, and as LaTeX."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from saegui.core.config.run_names import value_text
from saegui.core.config.schema import parameter, relevant
from saegui.core.figures.base import Caption
from saegui.core.runs.table_text import latex

if TYPE_CHECKING:
    from saegui.core.figures.base import Kind, Subject

_UNNAMED = re.compile(r"[^A-Za-z0-9]+")


def caption(kind: Kind, subject: Subject) -> Caption:
    """Of a figure of ``kind``."""
    snapshot = subject.snapshot
    values = snapshot.config.model_dump()
    parameters = ", ".join(
        f"{parameter(name).title} {values[name] if isinstance(values[name], str) else value_text(values[name])}"
        for name in relevant(values)
    )
    words = f"{kind.title}. {subject.noun.instead_of_input(kind.about)}"
    model = f"{subject.title}: {snapshot.config.describe()}, epoch {snapshot.epoch:.4g}"
    return Caption(model, words, parameters, beside=not subject.made_for.header)


def as_text(found: Caption) -> str:
    """For a file that people read."""
    return f"{found.words}\n\n{found.title}.\n\n{found.parameters}.\n"


def as_latex(found: Caption, file: str) -> str:
    """A figure environment that shows ``file`` at the size it was made for."""
    label = _UNNAMED.sub("-", file.rsplit(".", 1)[0]).strip("-")
    return (
        "\\begin{figure}\n  \\centering\n"
        f"  \\includegraphics{{{file}}}\n"
        f"  \\caption{{{latex(found.words)} {latex(found.title)}.}}\n"
        f"  \\label{{fig:{label}}}\n"
        f"\\end{{figure}}\n% {' '.join(found.parameters.split())}\n"
    )
