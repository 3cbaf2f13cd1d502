"""What was used last is kept, within a bound of memory."""

from __future__ import annotations

from saegui.app.byte_cache import ByteLRU


def test_what_was_not_used_for_longest_gives_way() -> None:
    recent: ByteLRU[str, int] = ByteLRU(limit=10)
    for value, name in enumerate("abc"):
        recent.put(name, value, 3)
    assert recent.get("a") == 0
    recent.put("d", 3, 3)
    assert [recent.get(name) for name in "abcd"] == [0, None, 2, 3]


def test_the_newest_stays_however_large() -> None:
    recent: ByteLRU[str, int] = ByteLRU(limit=10)
    recent.put("a", 1, 3)
    recent.put("large", 2, 1000)
    assert (recent.get("a"), recent.get("large"), len(recent)) == (None, 2, 1)
    recent.put("b", 3, 3)
    assert (recent.get("large"), recent.get("b")) == (None, 3)


def test_what_is_kept_again_counts_once() -> None:
    recent: ByteLRU[str, int] = ByteLRU(limit=10)
    for _ in range(9):
        recent.put("a", 1, 6)
    recent.put("b", 2, 4)
    assert (recent.get("a"), recent.get("b")) == (1, 2)
    recent.clear()
    assert recent.get("a") is None and not len(recent)
