"""Train the small networks that lessons open with (`make ready-networks`), after a change of how they are trained.

python tools/make_ready_networks.py
"""

import os
import shutil
import sys
from tempfile import TemporaryDirectory

from xrlearn.labs.first_networks import train
from xrlearn.paths import cache
from xrlearn.training.miniature.remembered import READY


def main() -> int:
    """Train them on an empty machine."""
    shutil.rmtree(READY, ignore_errors=True)  # what shipped before must not be found
    with TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        os.environ["XRLEARN_HOME"] = scratch
        train()
        READY.mkdir()
        for file in (cache() / "networks").rglob("*.safetensors"):
            shutil.copy(file, READY)
    files = list(READY.iterdir())
    sys.stdout.write(f"{len(files)} networks: {sum(file.stat().st_size for file in files) / 1e6:.1f} MB\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
