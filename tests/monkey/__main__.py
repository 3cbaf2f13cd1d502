"""``python -m tests.monkey --events N --seed S``: random events at the real window; exit status 1 after a fault.

A session that failed prints its last 50 events. Play a part of it again with ``--from`` and ``--until``, or single events with
``--only 17,40-52``; ``--shorten`` finds a short list by itself, playing parts of the session in processes of their own.
"""

from __future__ import annotations

import argparse
import faulthandler
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.mirror import VARIABLES


def numbers(text: str) -> set[int]:
    """``"3,7-9"`` is {3, 7, 8, 9}."""
    found: set[int] = set()
    for part in text.split(","):
        low, _, high = part.partition("-")
        found |= set(range(int(low), int(high or low) + 1))
    return found


def arguments(words: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.monkey", description=__doc__)
    parser.add_argument("--events", type=int, default=2000, help="how many (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--from", dest="first", type=int, default=0, help="the first event that is played")
    parser.add_argument("--until", dest="last", type=int, help="the first event that is not played any more")
    parser.add_argument("--only", type=numbers, help="only these events, such as 17,40-52")
    parser.add_argument(
        "--data-dir", type=Path, help="a folder with the MNIST files; without it, digits alone"
    )
    parser.add_argument(
        "--disk", action="store_true", help="on a small disk of its own that becomes read-only at times"
    )
    parser.add_argument("--log", type=Path, help="where every event is written before it happens")
    parser.add_argument("--table", action="store_true", help="print every measurement")
    parser.add_argument(
        "--shorten", action="store_true", help="find a short list of events with the same fault"
    )
    return parser.parse_args(words)


def main() -> int:
    options = arguments()
    if options.shorten:
        from tests.monkey import shorten

        return shorten.run(options)
    faulthandler.enable()
    with tempfile.TemporaryDirectory(prefix="monkey-", ignore_cleanup_errors=True) as folder:
        disk = mounted(Path(folder)) if options.disk else None
        try:
            return play(options, (disk or Path(folder)) / "home", disk)
        finally:
            unmount(disk)


def mounted(folder: Path) -> Path | None:
    """A disk of 200 MB, or None where this user may not make one."""
    disk = folder / "disk"
    disk.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=200m", "tmpfs", disk], capture_output=True, check=False
    )
    return disk if made.returncode == 0 else None


def unmount(disk: Path | None) -> None:
    """Give back what :func:`mounted` made."""
    if disk is not None:
        subprocess.run(["umount", "-l", disk], check=False)


def play(options: argparse.Namespace, home: Path, disk: Path | None) -> int:
    """One session in ``home``; returns the exit status."""
    os.environ["SAEGUI_HOME"] = str(home)
    # Nothing is fetched from the network.
    for variable in VARIABLES:
        os.environ[variable] = "http://127.0.0.1:9/"
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    home.mkdir(parents=True)
    from tests.monkey.session import Session

    last = options.last if options.last is not None else options.events
    log_path = options.log or home.parent / "events.txt"
    started = time.perf_counter()
    with log_path.open("w") as log:
        session = Session(
            options.seed,
            home,
            first=options.first,
            last=last,
            only=options.only,
            data_dir=options.data_dir,
            disk=disk,
            log=log,
        )
        session.play()
    seconds = time.perf_counter() - started
    if options.table:
        table(session)
    found = session.faults.found
    if found:
        print(f"\nseed {options.seed}: a fault after {session.done} events. The last ones were:")
        print("\n".join(session.recent))
        print("\n".join(found[:5]))
        print(
            f"\nPlay it again: python -m tests.monkey --seed {options.seed} --until {session.recent_number + 1}"
        )
    for slow, line in session.slowest[:3]:
        print(f"slow: {1000 * slow:.0f} ms, {line}")
    print(f"seed {options.seed}: {session.done} events in {seconds:.0f} s, {len(found)} faults")
    sys.stdout.flush()
    if found:
        # Threads and windows are left as they are; nobody waits for them.
        shutil.rmtree(home, ignore_errors=True)
        unmount(disk)
        os._exit(1)
    return 0


def table(session: object) -> None:
    """Every measurement in a row, and the slopes."""
    from tests.monkey import growth

    held = session.held  # type: ignore[attr-defined]
    print("  ".join(f"{name:>8}" for name in growth.Held._fields))
    for row in held:
        print("  ".join(f"{value:8.0f}" for value in row))
    steady = [row for row in held if row.events >= growth.WARM_UP]
    print("per 1,000:", ", ".join(f"{what} {growth.slope(steady, what):.1f}" for what in growth.ALLOWED))


if __name__ == "__main__":
    sys.exit(main())
