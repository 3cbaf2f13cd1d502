"""The menus from top to bottom."""

from __future__ import annotations

from itertools import groupby

from saegui.core.data.noun import IMAGE
from saegui.ui.commands import MENUS
from saegui.ui.window import menus
from saegui.ui.window.main_window import MainWindow

ORDER = {
    "File": "export figure-for-page export-all export-report export-animation copy-figure export-runs copy-runs screenshot export-model import-model open-run show-runs data-sets add-data data-folder download quit",
    "Edit": "undo redo clear pen eraser test-image paste open-picture restore-run palette",
    "View": "sort-density sort-index sort-activation sort-maximum sort-norm sort-effect sort-purity sort-class sort-cosine sort-cluster sort-stability show-decoder show-encoder show-both scale-shared scale-tile"
    " zoom-in zoom-out curves-log curves-reset curves-clear theme-system theme-light theme-dark reset-layout back",
    "Run": "train pause step step-epoch stop resume train-new-run vary pause-sweep stop-sweep starter use-settings rename-run delete-run",
    "Analyse": (
        "go-to next-latent previous-latent latent-back latent-forward filter clear-filter star-latent label-latent"
        " pin-latent clear-pins deselect first-step previous-step play-training next-step last-step"
        " steer-latent ablate-latent reset-steering steer-all keep-input keep-near end-comparison show-latent copy-latent export-latent draw-example copy-example"
    ),
    "Help": "tour experiments shortcuts glossary about",
}


def test_menus_have_their_order() -> None:
    found = {
        menu: " ".join(spec.name for spec in specs)
        for menu, specs in groupby(menus.specs(), key=lambda spec: spec.menu)
    }
    assert found == ORDER
    assert tuple(found) == MENUS


def test_every_action_is_in_a_menu_with_a_tip_and_shortcuts_are_unique(window: MainWindow) -> None:
    titles = [action.text().replace("&", "") for action in window.menuBar().actions()]
    assert tuple(titles) == MENUS
    shortcuts = [keys for keys, _, _ in menus.shortcuts()]
    assert len(set(shortcuts)) == len(shortcuts)
    for spec in menus.specs():
        assert spec.help and IMAGE.instead_of_input(spec.help) in window.actions_.by_name[spec.name].toolTip()


def test_panels_are_listed_from_the_upper_left_to_the_lower_right(window: MainWindow) -> None:
    assert list(window.docks) == [
        "train",
        "curves",
        "density",
        "runs",
        "features",
        "map",
        "compare",
        "sweep",
        "draw",
        "active",
        "latent",
    ]
