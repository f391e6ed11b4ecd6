"""Two processes learn together what one would have learned."""

import os
import subprocess
import sys

import pytest

PROGRAM = """
import sys, torch
import xrlearn as xr
from xrlearn.training import train
from xrlearn.training.learners.processes import first, several

cases = xr.load("oa-risk", n=400)
model = train("oa-risk", cases, epochs=2, batch_size=64)
assert several() == (sys.argv[1] == "2")
if first():
    torch.save({name: t for name, t in model.net.state_dict().items()}, sys.argv[2])
"""


def weights(folder, processes: int) -> dict:
    program, out = folder / "program.py", folder / f"{processes}.pt"
    program.write_text(PROGRAM)
    command = [sys.executable, str(program), str(processes), str(out)]
    if processes > 1:
        command[:1] = [
            sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(processes),
        ]  # fmt: skip
    env = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr[-2000:]
    import torch

    found: dict = torch.load(out, weights_only=True)
    return found


@pytest.mark.slow
def test_two_processes_learn_what_one_learns(tmp_path):
    """No layer of this network depends on its neighbours in a batch, so the weights are the same."""
    import torch

    alone, together = weights(tmp_path, 1), weights(tmp_path, 2)
    for name, tensor in alone.items():
        assert torch.allclose(tensor.float(), together[name].float(), atol=1e-4), name
