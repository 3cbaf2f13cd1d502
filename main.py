"""Start saegui from a checkout: ``python main.py`` is the same as ``saegui``."""

from saegui.__main__ import main

raise SystemExit(main())
