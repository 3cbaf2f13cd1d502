"""Why something failed, in words that are not a parser's."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from saegui.core.errors import reason
from saegui.core.files.paths import read_text


def _decoded(content: bytes) -> Callable[[Path], Any]:
    def read(folder: Path) -> Any:
        path = folder / "some.json"
        path.write_bytes(content)
        return json.loads(read_text(path))

    return read


@pytest.mark.parametrize(
    ("read", "expected"),
    [
        (_decoded(b'{"name": 1,\n "status"'), "line 2 is not JSON"),
        (_decoded(b""), "it is empty"),
        (_decoded(b"\n \n"), "it is empty"),
        (_decoded(b"\xff\xfe{}"), "it is not text in UTF-8"),
        (_decoded(b"[" * 100_000), "it is nested too deeply"),
        (lambda folder: json.loads("{}")["step"], "it has no step"),
        (lambda folder: (folder / "none").read_bytes(), "No such file or directory"),
    ],
)
def test_the_reason_is_plain(read: Callable[[Path], Any], expected: str, tmp_path: Path) -> None:
    with pytest.raises((OSError, ValueError, KeyError, RecursionError)) as found:
        read(tmp_path)
    assert reason(found.value) == expected
