"""What axe-core holds against a page."""

import pytest

#: what is held against a page: its grave faults, and one mild one that leaves a screen reader without a way in
GRAVE = ("serious", "critical")
MILD = {"landmark-one-main"}


def faults(page) -> list[str]:
    """Return what axe-core finds, a line a rule, with the first place where it is broken."""
    # what still fades in has not its colours yet
    page.evaluate(
        "Promise.allSettled(document.getAnimations().filter(a => a.playState === 'running').map(a => a.finished))"
    )
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    # style sheets are the page's own: nothing has to be fetched before looking, and what is as it should be is not told
    found = axe.run(page, options={"preload": False, "resultTypes": ["violations"]}).response["violations"]
    return [
        f"{fault['id']} ({fault['impact']}), {len(fault['nodes'])} times: {fault['nodes'][0]['html'][:200]}"
        for fault in found
        if fault["impact"] in GRAVE or fault["id"] in MILD
    ]
