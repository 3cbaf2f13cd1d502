#!/usr/bin/env bash
# Dask distributed: a task that has ended, and a scheduler that stops answering: the result cannot be had, and errors are forgotten.
#
# Versions: distributed 2026.8.0, dask 2026.8.0, Python 3.11, Linux.
# Expected: a future whose status is "finished" gives its result, which lies on a worker that is alive and reachable; a
#           future whose status is "error" keeps its error.
# Seen:     with the scheduler stopped (not ended), status stays "finished" and result(timeout=5) times out: results are
#           asked for by way of the scheduler, and without a timeout the call waits for ever. exception() of the failed
#           one answers at once: the error came with the message that the task had ended.
#           With the scheduler ended, both turn to "cancelled" within a second, and exception() of the failed one now
#           returns None, as that of a task that went well does: who asks for errors alone takes it for a success.
# Remedy:   let a task write what it made, return nothing, and raise what is to be said; look at the status before the
#           exception, and take "cancelled" for "not known".
# Exits non-zero when this changes. Needs Python 3.11 or newer, pip, and POSIX signals.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check distributed==2026.8.0 dask==2026.8.0
cat >"$work/lost.py" <<'PY'
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from distributed import Client

folder = Path(sys.argv[1])
address = folder / "scheduler.json"


def start(*words):
    quiet = subprocess.DEVNULL
    return subprocess.Popen([sys.executable, "-m", "dask", *words], cwd=folder, stdout=quiet, stderr=quiet)


def wait(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.05)
    return condition()


place = ["--host", "127.0.0.1", "--port", "0", "--no-dashboard"]
scheduler = start("scheduler", *place, "--scheduler-file", str(address))
worker = None
try:
    wait(lambda: address.exists() and address.read_text())
    worker = start("worker", "--scheduler-file", str(address), "--no-nanny", "--no-dashboard")
    client = Client(scheduler_file=str(address), timeout=60)
    good, bad = client.submit(len, "four"), client.submit(int, "four")
    wait(lambda: (good.status, bad.status) == ("finished", "error"))
    os.kill(scheduler.pid, signal.SIGSTOP)
    error = bad.exception(timeout=5)
    try:
        result = f"result() gave {good.result(timeout=5)}"
    except TimeoutError:
        result = "result() timed out"
    print(f"scheduler stopped: {good.status}, {result}; {bad.status}, exception() gave {type(error).__name__}")
    scheduler.kill()
    wait(lambda: good.status == bad.status == "cancelled")
    forgotten = bad.exception(timeout=5)
    print(f"scheduler ended: {good.status}; {bad.status}, exception() gave {forgotten}")
    same = result == "result() timed out" and isinstance(error, ValueError) and forgotten is None
finally:
    for process in (worker, scheduler):
        if process is not None:
            process.kill()
# The client would wait for the scheduler.
sys.stdout.flush()
os._exit(0 if same else 1)
PY
"$work/venv/bin/python" "$work/lost.py" "$work" 2>/dev/null
