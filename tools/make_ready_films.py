"""Make the films that lessons ship with (`make ready-films`), after a change of the simulator that shows on wrists.

python tools/make_ready_films.py
"""

import sys

from xrlearn.labs import machine_sees_state, train_fracture, wrists
from xrlearn.labs.augment_state import ELSEWHERE, OTHER_SITE
from xrlearn.phantom.cohort import Cohort, kept
from xrlearn.tasks import find
from xrlearn.tasks.loading import cohorts_of
from xrlearn.tasks.ready import PACKS, pack


def cohorts() -> list[Cohort]:
    """Return which films ship: those that a lesson wants before its reader can begin."""
    practical = {"n": train_fracture.SIMULATED_FILMS, "size": train_fracture.SIMULATED_SIZE}
    return [
        wrists.cohort_of(),
        wrists.cohort_of(ELSEWHERE, seed=1, site=OTHER_SITE),
        *machine_sees_state.cohorts(),
        *cohorts_of(find(train_fracture.TASK), **practical),
    ]


def main() -> int:
    """Make films and packs; say how large they are."""
    for old in PACKS.glob("*.tar.xz"):
        old.unlink()
    for cohort in cohorts():
        file = pack(cohort, kept(cohort))
        sys.stdout.write(f"{file.name}: {file.stat().st_size / 1e6:.1f} MB\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
