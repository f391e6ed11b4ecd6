"""Make the films and bones that ship (`make ready-films`), after a change of the simulator that shows on them.

python tools/make_ready_films.py
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from xrlearn.labs import machine_sees_state, train_fracture, wrists
from xrlearn.labs.augment_state import ELSEWHERE, OTHER_SITE
from xrlearn.phantom.cohort import Cohort, kept
from xrlearn.tasks import find
from xrlearn.tasks.loading import cohorts_of
from xrlearn.tasks.ready import PACKS, file_of, pack


def cohorts() -> list[Cohort]:
    """Return which films ship: those that a lesson wants before its reader can begin."""
    practical = {"n": train_fracture.SIMULATED_FILMS, "size": train_fracture.SIMULATED_SIZE}
    return [
        wrists.cohort_of(),
        wrists.cohort_of(ELSEWHERE, seed=1, site=OTHER_SITE),
        *machine_sees_state.cohorts(),
        *cohorts_of(find(train_fracture.TASK), **practical),
    ]


def bones(scratch: str) -> Path:
    """Prepare every bone on an empty machine, which `scratch` is; return their folder."""
    every = "from xrlearn.phantom import make, region_names\nfor region in region_names(): make(region, size=64)"
    subprocess.run([sys.executable, "-c", every], check=True, env=os.environ | {"XRLEARN_HOME": scratch})
    (folder,) = Path(scratch).glob("cache/phantom/meshes-*")
    return folder


def main() -> int:
    """Make films, bones and packs; say how large they are."""
    shutil.rmtree(PACKS, ignore_errors=True)  # what shipped before must not be found
    with TemporaryDirectory() as scratch:
        folder = bones(scratch)
        pieces = {PACKS / f"{folder.name}.tar.xz": folder} | {file_of(cohort): kept(cohort) for cohort in cohorts()}
        for file, folder in pieces.items():
            pack(folder, file)
            sys.stdout.write(f"{file.name}: {file.stat().st_size / 1e6:.1f} MB\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
