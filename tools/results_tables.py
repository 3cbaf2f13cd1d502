"""Puts measured tables into docs/results.md, and checks that each is complete.

``python tests/bench results | python tools/results_tables.py results`` replaces the table between the markers
``results`` by the one that the benchmark prints; without a name, the command checks all tables.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

CHECKOUT = Path(__file__).parents[1]
RESULTS = CHECKOUT / "docs" / "results.md"
NAMES = ("results", "best", "baselines", "datasets", "dead", "quality", "speed", "speed cuda")
sys.path.insert(0, str(CHECKOUT))


def rows(text: str, name: str) -> list[list[str]]:
    """The cells of the table ``name`` in ``text``, row by row, without its head."""
    lines = text[_place(text, name)].strip().splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def replaced(text: str, name: str, printed: str) -> str:
    """``text`` with the last table in ``printed`` in the place of the table ``name``; ValueError where there is none."""
    found = re.findall(r"(?:^\|.*\|\n)+", printed, re.MULTILINE)
    if not found:
        raise ValueError(
            "the input holds no table; pipe the output of 'python tests/bench' into this command"
        )
    place = _place(text, name)
    return text[: place.start] + str(found[-1]) + text[place.stop :]


def problems(text: str) -> list[str]:
    """What the tables lack that the program has: one sentence each."""
    from saegui.core.config.presets import PRESETS
    from tests.bench import baselines, datasets, dead, quality, speed

    expected: dict[str, list[tuple[str, ...]]] = {
        "results": [(f"`{name}`",) for name in PRESETS],
        "best": [(f"`{name}{size}`",) for size in ("", " --latents 256") for name in ("modern", "best")],
        "baselines": [(baselines.title_of(*kind),) for kind in baselines.EXPECTED],
        "datasets": [
            (title, shape, f"`{preset}`", str(size))
            for title, shape in dict.fromkeys(tuple(row[:2]) for row in rows(text, "datasets"))
            for preset in datasets.PRESETS
            for size in datasets.LATENTS
        ],
        "dead": [(f"`--revival {revival}`",) for revival in dead.REVIVALS],
        "quality": [(f"`{kind}`", revival) for kind in quality.FAMILIES for revival in quality.REVIVALS],
        "speed": [(f"{F:,}, {k}, {batch:,}",) for F, k, batch in speed.SIZES],
    }
    found = []
    for name, keys in expected.items():
        there = [tuple(row[: len(keys[0])]) for row in rows(text, name)]
        if there != keys:
            missing = [" ".join(key) for key in keys if key not in there]
            found.append(f"The table '{name}' lacks {', '.join(missing) or 'the order of the program'}.")
    return found


def _place(text: str, name: str) -> slice:
    """Where the lines of the table ``name`` are."""
    found = list(re.finditer(f"<!-- {name} -->\n(.*?)<!-- /{name} -->", text, re.DOTALL))
    if len(found) != 1:
        raise ValueError(f"docs/results.md has {len(found)} places for the table '{name}'")
    return slice(*found[0].span(1))


def main(arguments: list[str]) -> int:
    """Replace the named table from stdin, or check all of them."""
    text = RESULTS.read_text("utf-8")
    if not arguments:
        found = problems(text)
        print("\n".join(found) or "All tables are complete.")
        return 1 if found else 0
    if arguments[0] not in NAMES:
        print(f"There is no table '{arguments[0]}'; choose one of {', '.join(NAMES)}.", file=sys.stderr)
        return 2
    RESULTS.write_text(replaced(text, arguments[0], sys.stdin.read()), "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
