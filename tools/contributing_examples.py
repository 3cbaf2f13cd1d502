"""Copies the examples of docs/examples/ into CONTRIBUTING.md: ``python tools/contributing_examples.py``. A test compares."""

from __future__ import annotations

import re
from pathlib import Path

CHECKOUT = Path(__file__).parents[1]
PAGE = CHECKOUT / "CONTRIBUTING.md"
_BLOCK = re.compile(r"(<!-- (docs/examples/\w+\.py) -->\n```python\n).*?(^```$)", re.DOTALL | re.MULTILINE)


def shown(text: str) -> list[str]:
    """The files that ``text`` shows, in its order."""
    return [match[2] for match in _BLOCK.finditer(text)]


def filled(text: str) -> str:
    """``text`` with every example as its file has it now."""
    return _BLOCK.sub(lambda match: match[1] + (CHECKOUT / match[2]).read_text("utf-8") + match[3], text)


if __name__ == "__main__":
    PAGE.write_text(filled(PAGE.read_text("utf-8")), "utf-8")
