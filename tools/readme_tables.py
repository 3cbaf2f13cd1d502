"""The README's generated tables. ``python tools/readme_tables.py`` writes them; a test compares."""

from __future__ import annotations

import re
import sys
from pathlib import Path

CHECKOUT = Path(__file__).parents[1]
README = CHECKOUT / "README.md"
sys.path.insert(0, str(CHECKOUT))


def tables() -> dict[str, str]:
    """Marker → Markdown between ``<!-- marker -->`` and ``<!-- /marker -->``."""
    from saegui.core.analysis.metrics import HELP
    from saegui.core.config.schema import parameters
    from saegui.core.figures import KINDS
    from saegui.ui.window.menus import shortcuts_table

    rows = ["| Option | Default | Range | Meaning |", "| --- | --- | --- | --- |"]
    for parameter in parameters():
        if parameter.kind == "choice":
            allowed = ", ".join(f"`{choice}`" for choice in parameter.choices)
        elif parameter.kind == "bool":
            allowed = f"`{parameter.option}` / `--no-{parameter.option[2:]}`"
        else:
            allowed = f"{parameter.low:,} … {parameter.high:,} {parameter.unit}".strip()
        live = " *(live)*" if parameter.live else ""
        default = (
            {True: "on", False: "off"}.get(parameter.default, parameter.default)
            if parameter.kind == "bool"
            else parameter.default
        )
        rows.append(
            f"| `{parameter.option}` | {default} | {allowed} | **{parameter.title}**{live}: {parameter.help} |"
        )
    metrics = [
        "| Metric | Definition |",
        "| --- | --- |",
        *(f"| `{name}` | {text} |" for name, text in HELP.items()),
    ]
    kinds = [
        "| Kind | Shows |",
        "| --- | --- |",
        *(f"| `{kind.name}` | {kind.about} |" for kind in KINDS.values()),
    ]
    return {
        "parameters": "\n".join(rows) + "\n",
        "metrics": "\n".join(metrics) + "\n",
        "figures": "\n".join(kinds) + "\n",
        "shortcuts": shortcuts_table(),
    }


def filled(text: str) -> str:
    """``text`` with every generated table as the program has it now."""
    for marker, table in tables().items():
        pattern = re.compile(f"(<!-- {marker} -->\n).*?(<!-- /{marker} -->)", re.DOTALL)
        text, count = pattern.subn(lambda match, table=table: match[1] + table + match[2], text)  # type: ignore[misc]
        if count != 1:
            raise ValueError(f"README.md has {count} places for the table '{marker}'")
    return text


if __name__ == "__main__":
    README.write_text(filled(README.read_text()))
