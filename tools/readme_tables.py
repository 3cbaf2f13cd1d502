"""Writes the tables of docs/reference.md and docs/models.md from the program: ``python tools/readme_tables.py``. A test compares them."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

CHECKOUT = Path(__file__).parents[1]
REFERENCE = CHECKOUT / "docs" / "reference.md"
MODELS = CHECKOUT / "docs" / "models.md"
sys.path.insert(0, str(CHECKOUT))

if TYPE_CHECKING:
    from saegui.core.config.parameter import Parameter


def tables() -> dict[str, str]:
    """Marker → Markdown that stands between ``<!-- marker -->`` and ``<!-- /marker -->``.

    Everything that a registry lists is in its table.
    """
    from saegui.cli import COMMANDS
    from saegui.core.analysis.metrics import HELP
    from saegui.core.config.kinds import with_kind
    from saegui.core.config.presets import PRESETS
    from saegui.core.config.schema import RunConfig, parameters
    from saegui.core.data import DATASETS
    from saegui.core.families.registry import BASELINES, FAMILIES
    from saegui.core.figures import KINDS
    from saegui.core.formats.registry import FORMATS
    from saegui.ui.panels.features.choices import SORTS
    from saegui.ui.panels.latent.sections.registry import SECTIONS
    from saegui.ui.panels.registry import PANELS
    from saegui.ui.window.menus import shortcuts_table

    defaults = RunConfig().model_dump()
    formulas = {name: f.formulas({**defaults, "arch": name}) for name, f in FAMILIES.items()}
    return {
        "commands": table(
            ("Command", "What it does"), ((f"`saegui {c.name}`", c.about) for c in COMMANDS.values())
        ),
        "parameters": table(("Option", "Default", "Range", "Meaning"), map(_parameter, parameters())),
        "kinds": table(
            ("Kind", "`--arch`", "Code", "Loss", "Source"),
            (
                (f.title, f"`{name}`", formulas[name].code, formulas[name].loss, f.source)
                for name, f in FAMILIES.items()
            ),
        ),
        "baselines": table(
            ("Kind", "`--arch`", "Code", "scikit-learn", "Source"),
            (
                (
                    f.title,
                    f"`{name}`",
                    f.code,
                    f"`{f.call(with_kind({'arch': name}))}`",
                    f.source.removesuffix("; scikit-learn"),
                )
                for name, f in BASELINES.items()
            ),
        ),
        "presets": table(
            ("Preset", "Model", "What to look for"),
            ((f"`{p.name}`", p.config.describe(), p.about) for p in PRESETS.values()),
        ),
        "datasets": table(
            ("`--dataset`", "Title", "Holds"), ((f"`{d.name}`", d.title, d.about) for d in DATASETS.values())
        ),
        "metrics": table(("Metric", "Definition"), ((f"`{name}`", text) for name, text in HELP.items())),
        "figures": table(("`--kind`", "Shows"), ((f"`{k.name}`", k.about) for k in KINDS.values())),
        "formats": table(
            ("`--format`", "File", "Holds"),
            ((f"`{f.name}`", f"`{f.suffix}`" if f.suffix else "folder", f.about) for f in FORMATS.values()),
        ),
        "panels": table(
            ("Panel", "Shows", "Figures that it exports"),
            ((p.title, p.help, ", ".join(f"`{kind}`" for kind in p.figures)) for p in PANELS),
        ),
        "orders": table(("Order", "Which latents come first"), SORTS.values()),
        "sections": table(("Section", "Shows"), ((s.name, _first(s.__doc__)) for s in SECTIONS)),
        "shortcuts": shortcuts_table(),
    }


def model_tables() -> dict[str, str]:
    """As :func:`tables`, of docs/models.md: which format holds which kind, and what it is called there."""
    from saegui.core.families.registry import FAMILIES
    from saegui.core.formats.registry import FORMATS

    named = [f for f in FORMATS.values() if f.holds and f.folder]
    head = ("Kind", *(f.title for f in named))
    rows = (
        (family.title, *(f"`{f.holds[name]}`" if name in f.holds else "–" for f in named))
        for name, family in FAMILIES.items()
    )
    ways = (
        (
            f.title,
            f"`{f.name}`",
            "a folder" if f.folder else f"`{f.suffix}`",
            "yes" if f.is_exported else "–",
            "yes" if f.is_imported else "–",
        )
        for f in FORMATS.values()
    )
    return {
        "model-kinds": table(head, rows),
        "model-formats": table(("Format", "`--format`", "A model is", "Exported", "Imported"), ways),
    }


def _first(text: str | None) -> str:
    """The first sentence of a docstring."""
    return " ".join((text or "").split("\n\n")[0].split())


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """A Markdown table, with a line end."""
    lines = [head, ("---",) * len(head), *(tuple(cell.replace("|", "\\|") for cell in row) for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _parameter(parameter: Parameter) -> tuple[str, str, str, str]:
    default = str(parameter.default)
    if parameter.kind == "choice":
        allowed = ", ".join(f"`{choice}`" for choice in parameter.choices)
    elif parameter.kind == "bool":
        allowed = f"`{parameter.option}` / `--no-{parameter.option[2:]}`"
        default = "on" if parameter.default else "off"
    else:
        allowed = f"{parameter.low:,} … {parameter.high:,} {parameter.unit}".strip()
    live = " *(live)*" if parameter.live else ""
    return f"`{parameter.option}`", default, allowed, f"**{parameter.title}**{live}: {parameter.help}"


def filled(text: str, made: Mapping[str, str] | None = None) -> str:
    """``text`` with every generated table as the program has it now; ``made``: those of another page than the reference."""
    for marker, lines in (tables() if made is None else made).items():
        pattern = re.compile(f"(<!-- {marker} -->\n).*?(<!-- /{marker} -->)", re.DOTALL)
        text, count = pattern.subn(lambda match, lines=lines: match[1] + lines + match[2], text)  # type: ignore[misc]
        if count != 1:
            raise ValueError(f"The page has {count} places for the table '{marker}'")
    return text


if __name__ == "__main__":
    REFERENCE.write_text(filled(REFERENCE.read_text("utf-8")), "utf-8")
    MODELS.write_text(filled(MODELS.read_text("utf-8"), model_tables()), "utf-8")
