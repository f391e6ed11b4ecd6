"""How fast is the fast DeLong? `python benchmarks/stats.py` (also part of `make bench`).

20,000 cases and 10 readers: placements by binary search in the other class, O(n log n), beside the textbook's table of
all pairs, O(n^2), both in the same run. At full size that table takes 8 GB, so that it is timed on fewer cases and
scaled by the square of their number, and the line says so.
"""

# ruff: noqa: T201 (a benchmark prints)

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from xrlearn import stats
from xrlearn.stats.roc import delong_covariance, placements

READERS, CASES, NAIVE_CASES = 10, 20_000, 2_000


def naive(truth: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Return DeLong's covariance from the table of all pairs of a diseased and a normal case."""
    x, y = scores[:, truth == 1], scores[:, truth == 0]
    psi = (x[:, :, None] > y[:, None, :]) + 0.5 * (x[:, :, None] == y[:, None, :])
    return np.cov(psi.mean(axis=2)) / x.shape[1] + np.cov(psi.mean(axis=1)) / y.shape[1]


def fast(truth: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Return the same by binary search."""
    return delong_covariance(*placements(truth, scores))


def timed(function: Callable[..., Any], *arguments: Any, repeats: int = 5) -> tuple[float, Any]:
    """Return the shortest time of several runs, in seconds, and what the function returned."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        result = function(*arguments)
        times.append(time.perf_counter() - start)
    return min(times), result


def main() -> None:
    """Print the table."""
    rng = np.random.default_rng(0)
    truth = np.arange(CASES) % 2
    scores = np.round(rng.normal(truth, 1, (READERS, CASES)), 2)
    few = slice(NAIVE_CASES)
    slow_time, slow = timed(naive, truth[few], scores[:, few], repeats=3)
    small_time, small = timed(fast, truth[few], scores[:, few])
    fast_time, _ = timed(fast, truth, scores)
    assert np.allclose(slow, small, atol=1e-12)
    scaled = slow_time * (CASES / NAIVE_CASES) ** 2
    print(f"DeLong covariance of {READERS} readers (naive and fast agree to 1e-12)")
    ratio = slow_time / small_time
    print(f"{NAIVE_CASES:>7,} cases: naive {slow_time:8.3f} s, fast {small_time:8.4f} s, ratio {ratio:,.0f}")
    print(
        f"{CASES:>7,} cases: naive {scaled:8.1f} s (scaled by the square of the cases), fast {fast_time:8.4f} s,"
        f" ratio {scaled / fast_time:,.0f}"
    )
    ratings = stats.roe_metz(readers=READERS // 2, normal=CASES // 2, diseased=CASES // 2)
    for covariance in ("delong", "jackknife"):
        seconds, _ = timed(stats.mrmc, ratings, covariance, repeats=1)
        print(f"mrmc of {len(ratings):,} ratings ({READERS // 2} readers, 2 modalities), {covariance}: {seconds:.2f} s")


if __name__ == "__main__":
    main()
