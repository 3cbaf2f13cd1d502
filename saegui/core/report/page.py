"""The page itself: one file of HTML with everything in it. Equal runs give equal bytes."""

from __future__ import annotations

import base64
import hashlib
import html
import json
from pathlib import Path
from string import Template

from saegui.core.errors import ExportError
from saegui.core.figures.base import Subject
from saegui.core.figures.export import render
from saegui.core.figures.registry import KINDS, OF_MANY_RUNS, draw, missing
from saegui.core.files import paths, refusals
from saegui.core.progress import UNWATCHED, Progress
from saegui.core.report.content import content

SUFFIXES = (".html", ".htm")
_IN_THE_GRID = ("decoder-grid", "encoder-grid", "latent", "summary")
"""Kinds whose contents can be looked through on the page itself, or are on it in other words."""
_LARGEST_SVG = 500_000
"""Bytes up to which a figure is a drawing; a larger one is a picture."""


def kinds() -> tuple[str, ...]:
    """The kinds of figures that a report shows."""
    return tuple(kind for kind in wanted() if kind not in _IN_THE_GRID)


def wanted() -> tuple[str, ...]:
    """The kinds that a subject is prepared for: :func:`kinds`, and those whose contents are on the page itself; all of one run."""
    return tuple(name for name in KINDS if name not in OF_MANY_RUNS)


def check_ending(path: Path) -> None:
    """Raise :class:`ExportError` unless ``path`` ends as a page does."""
    if wrong := refusals.wrong_ending(path, SUFFIXES, needed=True):
        raise ExportError(wrong)


def save(subject: Subject, path: Path, *, progress: Progress = UNWATCHED) -> Path:
    """Write the page of ``subject``, which was :func:`~saegui.core.figures.subject_of_run.prepared` for :func:`wanted`.

    Raises:
        ExportError: for an ending other than .html or .htm, or when the folder cannot be written: the file and the reason.
        Cancelled: ``progress`` gave the work up; nothing is written.
    """
    check_ending(path)
    page = page_of(subject, progress).encode()
    try:
        with paths.replacing(path) as temporary:
            temporary.write_bytes(page)
    except OSError as error:
        raise ExportError(refusals.unwritable(path, error)) from error
    return path


def page_of(subject: Subject, progress: Progress = UNWATCHED) -> str:
    """The page as text.

    No text of the user can become a part of it that does something: it is either escaped, or JSON that the page's script
    writes as text. The page allows that one script, and no connection to anything.

    Raises:
        Cancelled: ``progress`` gave the work up.
    """
    drawable = [kind for kind in kinds() if missing(kind, subject) is None]
    total = len(drawable) + 3
    found = content(subject, progress.part(0, total))
    figures = []
    for done, kind in enumerate(drawable, 3):
        progress.report(done, total, KINDS[kind].title)
        figures.append(_figure(kind, subject))
    progress.report(total, total)
    script = _part("page.js")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii")
    return Template(_part("page.html")).substitute(
        policy=f"default-src 'none'; img-src data: blob:; style-src 'unsafe-inline'; script-src 'sha256-{digest}'",
        title=html.escape(subject.title),
        summary=html.escape(f"{found['summary']} · {found['data']}"),
        style=_part("page.css"),
        metrics="\n".join(_metric(*row) for row in found["metrics"]),
        parameters="\n".join(_parameter(*row) for row in found["parameters"]),
        figures="\n".join(figures),
        data=_json(found),
        script=script,
    )


def _figure(kind: str, subject: Subject) -> str:
    drawn = draw(kind, subject)
    svg = render(drawn, "svg")
    small = len(svg) <= _LARGEST_SVG
    mime, data = ("image/svg+xml", svg) if small else ("image/png", render(drawn, "png"))
    width, height = (round(side * 72) for side in drawn.figure.get_size_inches())
    found = KINDS[kind]
    words = html.escape(found.title), html.escape(subject.noun.instead_of_input(found.about))
    source = f"data:{mime};base64,{base64.b64encode(data).decode('ascii')}"
    return (
        f'<figure id="figure-{kind}"><img src="{source}" width="{width}" height="{height}" alt="{words[1]}">'
        f"<figcaption><b>{words[0]}</b> {words[1]}</figcaption></figure>"
    )


def _metric(title: str, value: str, definition: str) -> str:
    title, value, definition = map(html.escape, (title, value, definition))
    return f'<div title="{definition}"><dt>{title}</dt><dd>{value}</dd></div>'


def _parameter(title: str, value: str, explanation: str) -> str:
    title, value, explanation = map(html.escape, (title, value, explanation))
    return f'<tr><th scope="row">{title}</th><td>{value}</td><td>{explanation}</td></tr>'


def _json(found: object) -> str:
    """JSON that ends no script and is no comment in HTML."""
    text = json.dumps(found, ensure_ascii=True, separators=(",", ":"), sort_keys=True, allow_nan=False)
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def _part(name: str) -> str:
    return (paths.resource("report") / name).read_text("utf-8")
