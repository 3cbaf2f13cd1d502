#!/usr/bin/env bash
# Once PySide6 is imported, the source of every module that is imported after it is read, and kept in memory.
#
# Versions: PySide6-Essentials 6.11.3 (shiboken6 6.11.3), scipy 1.17.0, numpy 2.4.6, Python 3.11.
# Expected: importing a library from its compiled files reads no sources, beside Qt as without it.
# Seen:     after `import PySide6.QtCore`, `import scipy.stats` leaves some 500 source files in Python's linecache, more than
#           ten megabytes; without PySide6, none. PySide asks of each module whether it uses PySide6 at all, so that names in
#           snake_case can be switched on for it, and looks for the word in its source by `inspect.getsource`. Beside libraries as
#           large as PyTorch and matplotlib this is a second of every start of a program.
# Remedy:   import what is large before PySide6, or tell PySide's `feature` module by a module's name which ones use Qt.
# Exits non-zero when this changes. Needs Python 3.11 or newer, pip, and the libraries that QtCore needs.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check PySide6-Essentials==6.11.3 scipy==1.17.0 numpy==2.4.6
cat >"$work/sources.py" <<'PY'
import importlib
import linecache
import sys
import time

for name in sys.argv[1:]:
    importlib.import_module(name)
began = time.perf_counter()
import scipy.stats  # noqa: E402

seconds = time.perf_counter() - began
kept = sum(entry[0] for entry in linecache.cache.values() if len(entry) > 1)
print(f"{len(linecache.cache)} sources read, {kept / 1e6:.0f} MB kept, {seconds:.2f} s")
PY
"$work/venv/bin/python" "$work/sources.py" >/dev/null  # compiles what is imported
without=$("$work/venv/bin/python" "$work/sources.py")
beside=$("$work/venv/bin/python" "$work/sources.py" PySide6.QtCore)
echo "without PySide6: $without"
echo "after PySide6:   $beside"
[ "${without%% *}" -eq 0 ] && [ "${beside%% *}" -gt 100 ]
