"""The small networks with which lessons open: they ship, so that a page begins with figures and not with a wait.

Each is what its lab trains when none of its controls has been moved.
"""

from typing import Any


def train(**wishes: Any) -> None:
    """Train them, or find them where they ship or were trained on this machine; `wishes` as :func:`.wrists.load` says.

    Without wishes the films are those of the lessons, and other films have other networks.
    """
    from ..training.miniature.tiny import Recipe
    from . import black_box_state, choose_network_state, overfit_state, shortcut_layers, shortcuts_state, wrists

    choose_network_state.Workbench(wrists.load(size=choose_network_state.SIZE, **wishes)).train(Recipe())
    bench = overfit_state.Workbench(wrists.load(size=overfit_state.SIZE, **wishes))
    if run := bench.train(overfit_state.FIRST):
        bench.by_heart(run)
    black_box_state.Workbench.of(wrists.load(size=black_box_state.SIZE, marked=False, **wishes)).train()
    shortcuts = shortcuts_state.Workbench.of(wrists.load(size=shortcut_layers.SIZE, **wishes))
    for settings in (shortcuts_state.FIRST, shortcuts_state.FAIR):
        shortcuts.train(settings)
