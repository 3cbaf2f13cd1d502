"""What the actions do that belong to the window and to no panel: figures, runs, data, theme and help."""

from __future__ import annotations

from functools import partial
from typing import get_args

from saegui.app.services import Services
from saegui.app.settings import ThemeName
from saegui.app.state import NO_MODEL
from saegui.core import data
from saegui.ui.commands import Handler
from saegui.ui.theme.theme import Theme
from saegui.ui.window.data_banner import DataBanner
from saegui.ui.window.data_sets import DataSets
from saegui.ui.window.dialogs import Dialogs
from saegui.ui.window.export_dialogs import ExportDialogs
from saegui.ui.window.glossary import Glossary
from saegui.ui.window.lessons_window import Experiments
from saegui.ui.window.model_dialogs import ModelDialogs
from saegui.ui.window.tour import Tour
from saegui.ui.window.vary_window import Vary

NOT_YOURS = "The starter run belongs to the program and stays as it is. Train a run of your own."


def window_handlers(
    services: Services,
    theme: Theme,
    exports: ExportDialogs,
    models: ModelDialogs,
    dialogs: Dialogs,
    banner: DataBanner,
    data_sets: DataSets,
    glossary: Glossary,
    tour: Tour,
    experiments: Experiments,
    vary: Vary,
) -> dict[str, Handler]:
    """The handlers by the names of their specs in :data:`saegui.ui.window.menus.WINDOW`."""
    state, deleted = services.state, services.bin
    with_model = partial(
        Handler,
        enabled=lambda: state.snapshot is not None,
        why=lambda: NO_MODEL,
        changed=(state.snapshot_changed,),
    )
    when_idle = partial(
        Handler,
        enabled=lambda: not state.busy,
        why=lambda: "A training is under way. Stop it first (Shift+F5).",
        changed=(state.phase_changed,),
    )
    return {
        "export": with_model(exports.ask_current),
        "figure-for-page": with_model(exports.show_figure),
        "export-all": with_model(exports.ask_all),
        "export-report": with_model(exports.ask_report),
        "export-animation": Handler(
            exports.ask_animation,
            enabled=lambda: state.run is not None,
            why=lambda: "There is no run yet. Open one, or train one.",
            changed=(state.run_changed,),
        ),
        "copy-figure": with_model(exports.copy_current),
        "export-runs": Handler(exports.ask_runs),
        "copy-runs": Handler(exports.copy_runs),
        "screenshot": Handler(exports.ask_screenshot),
        "export-model": with_model(models.ask_export),
        "import-model": when_idle(models.ask_import),
        "open-run": when_idle(dialogs.ask_run_folder),
        "show-runs": Handler(dialogs.show_runs_folder),
        "data-sets": Handler(data_sets.open),
        "add-data": Handler(data_sets.add),
        "data-folder": when_idle(banner.choose_folder),
        "download": when_idle(partial(services.data.require, data.DEFAULT)),
        "restore-run": Handler(
            deleted.restore,
            enabled=lambda: deleted.can_restore,
            why=lambda: "No run was deleted since this window was opened.",
            changed=(deleted.deleted, deleted.restored),
        ),
        **_themes(theme),
        "vary": Handler(vary.open),
        **_sweep(services),
        "starter": when_idle(services.open_starter),
        "use-settings": Handler(
            partial(_use_settings, services),
            enabled=lambda: state.run is not None,
            why=lambda: "There is no run yet. Open one, or train one.",
            changed=(state.run_changed,),
        ),
        "rename-run": Handler(
            dialogs.ask_name,
            enabled=lambda: state.own_run is not None,
            why=lambda: NOT_YOURS,
            changed=(state.run_changed,),
        ),
        "delete-run": Handler(
            partial(_delete_run, services),
            enabled=lambda: state.own_run is not None and not state.busy,
            why=lambda: "This run is being trained. Stop it first (Shift+F5)." if state.busy else NOT_YOURS,
            changed=(state.run_changed, state.phase_changed),
        ),
        "tour": Handler(tour.start),
        "experiments": Handler(experiments.open),
        "shortcuts": Handler(dialogs.show_shortcuts),
        "glossary": Handler(glossary.open),
        "about": Handler(dialogs.show_about),
    }


def _sweep(services: Services) -> dict[str, Handler]:
    sweeps = services.sweeps
    steer = partial(Handler, why=lambda: "No sweep is being trained.", changed=(sweeps.changed,))

    def pause() -> None:
        if sweeps.phase == "paused":
            sweeps.resume()
        else:
            sweeps.pause()

    return {
        "pause-sweep": steer(
            pause,
            enabled=lambda: sweeps.phase in ("training", "paused"),
            title=lambda: "Resume sweep" if sweeps.phase == "paused" else "Pause sweep",
        ),
        "stop-sweep": steer(sweeps.stop, enabled=lambda: sweeps.busy and sweeps.phase != "stopping"),
    }


def _themes(theme: Theme) -> dict[str, Handler]:
    names: tuple[ThemeName, ...] = get_args(ThemeName)

    def has(name: ThemeName) -> bool:
        return theme.name == name

    return {
        f"theme-{name}": Handler(
            partial(theme.choose, name), checked=partial(has, name), changed=(theme.chosen,)
        )
        for name in names
    }


def _use_settings(services: Services) -> None:
    run = services.state.run
    if run is not None:
        services.drafts.replace(run.config, f"settings of “{run.name}”", run.preset)


def _delete_run(services: Services) -> None:
    if services.state.own_run is not None:
        services.bin.delete(services.state.own_run)
