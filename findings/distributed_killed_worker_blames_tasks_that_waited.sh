#!/usr/bin/env bash
# In dask.distributed, a task that never ran is reported as the one that killed its worker, when it only waited there.
#
# Versions: distributed 2026.8.0, dask 2026.8.0, Python 3.11, Linux.
# Expected: of three tasks, the first of which ends the process of its worker after a second, only that one ends with KilledWorker: the
#           exception says that workers died while trying to run it.
# Seen:     the second ends with KilledWorker, too, though it was not begun once (it would have left a file), and returns its result when it
#           is submitted again under another key. A worker with one thread is given two tasks at once (worker-saturation 1.1, rounded up),
#           and a death counts against all that a worker was given, up to allowed-failures (3).
# Remedy:   where several tasks end with KilledWorker, submit each again, alone and under a new key: then only the guilty one fails.
# Exits non-zero when this changes. Needs Python 3.11 or newer, pip and Linux.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check dask==2026.8.0 distributed==2026.8.0
cat >"$work/blamed.py" <<'PY'
import logging
import os
import sys
import time
from pathlib import Path

import distributed
from distributed import Client, LocalCluster
from distributed.scheduler import KilledWorker

FOLDER = Path(sys.argv[1])


def task(number):
    if number == 1:
        time.sleep(1)
        os._exit(1)
    (FOLDER / f"began-{number}").touch()
    return number


def kind(future):
    try:
        return future.result()
    except KilledWorker:
        return "KilledWorker"


if __name__ == "__main__":
    print("distributed", distributed.__version__)
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    quiet = {"dashboard_address": None, "silence_logs": logging.CRITICAL}
    with LocalCluster(n_workers=1, threads_per_worker=1, **quiet) as cluster, Client(cluster) as client:
        futures = client.map(task, [1, 2, 3], key=["task-1", "task-2", "task-3"], pure=False)
        found = [kind(future) for future in futures]
        began = sorted(path.name for path in FOLDER.glob("began-*"))
        print("results:", found, "begun:", began)
        again = kind(client.submit(task, 2, key="again-2", pure=False))
        print("the second again, alone:", again)
    sys.exit(not (found == ["KilledWorker", "KilledWorker", 3] and began == ["began-3"] and again == 2))
PY
mkdir "$work/files"
"$work/venv/bin/python" "$work/blamed.py" "$work/files"
