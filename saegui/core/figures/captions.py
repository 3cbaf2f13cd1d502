"""The caption of a figure, for a paper: as words, and as LaTeX."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from saegui.core.config.run_names import value_text
from saegui.core.config.schema import parameter, relevant
from saegui.core.figures.base import Caption
from saegui.core.runs.table_text import latex
from saegui.core.runs.together import shared_and_varied, varied_in_words

if TYPE_CHECKING:
    from saegui.core.figures.base import Kind, Subject
    from saegui.core.figures.paper import Page

_MOST_VALUES = 8
"""Values of a parameter that a caption lists."""
_UNNAMED = re.compile(r"[^A-Za-z0-9]+")


def caption(kind: Kind, subject: Subject) -> Caption:
    """Of a figure of ``kind``; one of several runs speaks of all of them."""
    snapshot = subject.snapshot
    words = f"{kind.title}. {subject.noun.instead_of_input(kind.about)}"
    beside = not subject.made_for.header
    if "runs" in kind.needs:
        title = ", ".join([of_runs(subject), *_varied(subject)])
        parameters = ", ".join(
            _parameter(name, values) for name, values in shared_and_varied(subject.runs).items()
        )
        return Caption(title, words, parameters, beside)
    values = snapshot.config.model_dump()
    parameters = ", ".join(_parameter(name, [values[name]]) for name in relevant(values))
    model = f"{subject.title}: {snapshot.config.describe()}, epoch {snapshot.epoch:.4g}"
    return Caption(model, words, parameters, beside)


def of_runs(subject: Subject) -> str:
    """``36 runs on MNIST``."""
    return f"{len(subject.runs):,} runs on {subject.runs[0].data_title}"


def header_of_runs(page: Page, subject: Subject, heading: str) -> None:
    """Instead of :meth:`Page.header`: how many runs there are, what is shown, and in what they differ."""
    page.titled(of_runs(subject), [heading, *_varied(subject)])


def _varied(subject: Subject) -> list[str]:
    return [words] if (words := varied_in_words(subject.runs)) else []


def parameter_text(name: str, value: Any) -> str:
    """The value of a parameter as forms show it: ``on``, ``1,024``, ``0.001``, or the title of a choice."""
    if isinstance(value, bool):
        return "on" if value else "off"
    return parameter(name).title_of(value) if isinstance(value, str) else value_text(value)


def _parameter(name: str, values: Sequence[Any]) -> str:
    """``k 10``, or ``k 5/10/20`` where it has several values."""
    shown = [parameter_text(name, value) for value in values[:_MOST_VALUES]]
    more = "/…" if len(values) > len(shown) else ""
    return f"{parameter(name).title} {'/'.join(shown)}{more}"


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
