"""How torchvision is imported: without torch's compiler, which learning does not need, and whole for whoever asks."""

import subprocess
import sys

SLOW = ("timm", "torch._dynamo", "sympy", "torchvision.models", "torchvision.ops")


def said(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-500:]
    return done.stdout.strip()


def test_learning_imports_neither_timm_nor_torch_s_compiler():
    learnt = (
        "import sys, xrlearn\n"
        "from xrlearn.training.learners import lesions, loaders\n"
        "from fastai.data.core import DataLoaders\n"
        "from fastai.learner import Learner\n"
        "from xrlearn.training.learners.average import AverageWeights\n"
        "from torch import nn, ones\n"
        "batches = [(ones(2, 1), ones(2, 1))] * 2\n"
        "learn = Learner(DataLoaders(batches, batches), nn.Linear(1, 1), nn.MSELoss(), cbs=AverageWeights())\n"
        "with learn.no_bar(), learn.no_logging(): learn.fit(1)\n"
    )
    assert said(f"{learnt}print([name for name in {SLOW} if name in sys.modules])") == "[]"


def test_torchvision_is_whole_for_whoever_asks_and_fastai_may_come_before_the_first_verb():
    asked = (
        "import xrlearn\n"
        "from fastai.vision.all import *\n"
        "import torchvision\n"
        "print(torchvision.ops.nms.__name__, torchvision.models.resnet18.__name__)\n"
        "from torchvision.models.resnet import BasicBlock\n"
        "print(BasicBlock is torchvision.models.resnet.BasicBlock, hasattr(torchvision, 'nothing'))\n"
    )
    assert said(asked).split() == ["nms", "resnet18", "True", "False"]
