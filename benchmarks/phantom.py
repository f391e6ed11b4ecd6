"""How fast simulated films are made: films a second on one core, CPU time and memory, for every region.

python benchmarks/phantom.py [ROWS] [FILMS]
"""

import os
import resource
import sys
import time

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"  # before numpy is imported: one core

from xrlearn.phantom import make, region, region_names  # noqa: E402


def main(rows: int = 256, films: int = 40) -> None:
    """Print one line for each view of each region."""
    print(f"{'region':10} {'view':10} {'ms CPU/film':>12} {'films/s':>8} {'peak MB':>8}")  # noqa: T201
    for place in region_names():
        for view in region(place).views:
            make(place, view, seed=0, size=rows)  # compile, fill the cache
            start = time.process_time()
            for seed in range(films):
                make(place, view, seed=seed, size=rows)
            each = (time.process_time() - start) / films
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            print(f"{place:10} {view:10} {each * 1000:12.1f} {1 / each:8.1f} {peak:8.0f}")  # noqa: T201


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
