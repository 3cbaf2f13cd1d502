"""What is said at the end of a training."""

from __future__ import annotations

from dataclasses import replace

from saegui.app.closing_message import closing_message
from saegui.core.analysis.metrics import Metrics
from saegui.core.runs.history import History
from saegui.core.runs.run import starter_run
from saegui.ui.widgets.run_rows import Row

FOUND = Metrics(0.01, 0.2, 0.2, 0.8, 10.0, 1, 0, 64, 10, "layer", 100, 1000, 10, 1.0)


def test_what_is_recovered_of_a_networks_loss_is_said_where_there_is_a_network() -> None:
    found = replace(FOUND, loss_recovered=0.9514, accuracy=0.98, accuracy_reconstruction=0.97)
    run = replace(starter_run(), metrics=found.to_dict())
    assert "L0 10.0, loss recovered 0.951" in closing_message(run, found, History())[1]
    assert "recovered" not in closing_message(run, FOUND, History())[1]
    row = Row(
        run,
        False,
        False,
        "finished",
        "today",
        {"mse": "0.0100", "fvu": "0.200", "l0": "10.0", "dead": "1/64"},
        "",
        0,
    )
    assert "L0 10.0 · loss recovered 0.951" in row.said
    assert "recovered" not in replace(row, run=starter_run()).said
