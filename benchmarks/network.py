"""How fast the fracture network trains and reads on this machine, and what memory layout and bfloat16 do for it.

    python benchmarks/network.py

Each way is timed in turn, several rounds, and the median of the ratios to the plain way is printed: ratios hold where
a machine's speed drifts.
"""

import statistics
import sys
import time
from collections.abc import Callable

import torch

from xrlearn.training.networks.evidence import EvidenceNet
from xrlearn.training.networks.trunk import channels_last

SIZES = (128, 320)
FILMS, ROUNDS = 8, 5


def timed(work: Callable[[], object]) -> float:
    """Seconds that `work` takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def ways(size: int) -> dict[str, Callable[[], object]]:
    """The ways to run one step of training, and one reading, on films of `size` pixels."""
    films = torch.rand(FILMS, 1, size, size)

    def step(net: EvidenceNet, half: bool) -> None:
        with torch.autocast("cpu", torch.bfloat16, enabled=half):
            score = net.train()(films)[:, 1].float().sum()
        score.backward()

    def read(net: EvidenceNet, half: bool) -> None:
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=half):
            net.eval()(films)

    plain, last = EvidenceNet(pretrained=False), channels_last(EvidenceNet(pretrained=False))
    made = {}
    for name, work in (("train", step), ("read", read)):
        made[f"{name}: plain"] = lambda work=work: work(plain, False)
        made[f"{name}: channels last"] = lambda work=work: work(last, False)
        made[f"{name}: channels last, bfloat16"] = lambda work=work: work(last, True)
    return made


def main() -> None:
    """Print the table."""
    out = sys.stdout.write
    out(f"torch {torch.__version__}, {torch.get_num_threads()} threads; films a second, ratio to the plain way\n")
    for size in SIZES:
        todo = ways(size)
        for work in todo.values():
            work()  # the first call of each chooses its kernels
        seconds = [{name: timed(work) for name, work in todo.items()} for _ in range(ROUNDS)]
        for name in todo:
            plain = name.split(":")[0] + ": plain"
            median = statistics.median(s[name] for s in seconds)
            ratio = statistics.median(s[plain] / s[name] for s in seconds)
            out(f"{size:4d} px  {name:32s} {FILMS / median:7.1f} /s   x {ratio:.2f}\n")


if __name__ == "__main__":
    main()
