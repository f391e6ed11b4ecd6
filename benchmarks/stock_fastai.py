"""How long fastai as it comes needs for the AUC that our default training reaches.

    python benchmarks/stock_fastai.py [--films 600] [--times 8]

Wrists of the task ``wrist-fracture`` (seed 100), measured on 400 others (seed 1). Ours: ``xr.learner`` and a whole
training of 3 epochs at 224 pixels, lesion boxes included. Stock: ``vision_learner(resnet34)`` at 224 pixels,
``fine_tune``'s two phases epoch by epoch, measured after each, until it reaches our AUC or has had `--times` as long.
ResNet-34 begins with ImageNet weights where torchvision's cache has them, and from nothing where it has not, which is
said. Prints both, and the ratio of the times; everything from seed 0, one thread a core.
"""

import argparse
import sys
import time
from pathlib import Path

import numpy as np
import torch
from common import say

import xrlearn as xr
from xrlearn.stats import auc, auc_ci
from xrlearn.training import train

SIZE = 224


def _said(name: str, truth: np.ndarray, score: np.ndarray, seconds: float) -> float:
    low, high = auc_ci(truth, score)
    found = auc(truth, score)
    say(f"{name:32s} AUC {found:.3f} ({low:.3f} - {high:.3f}) after {seconds:6.1f} s")
    return found


def main() -> int:
    """Print the comparison."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--films", type=int, default=600)
    parser.add_argument("--times", type=float, default=8.0)
    wanted = parser.parse_args()
    learn = xr.load("wrist-fracture", n=wanted.films, seed=100, size=SIZE)
    test = xr.load("wrist-fracture", n=400, seed=1, size=SIZE)
    truth = test["fracture"].to_numpy()

    begun = time.perf_counter()
    model = train("wrist-fracture", learn, epochs=3, batch_size=24, size=SIZE)
    ours_took = time.perf_counter() - begun
    ours = _said("xrlearn", truth, model.system.read(model.net, test, model.card.options).output, ours_took)

    from fastai.torch_core import set_seed
    from fastai.vision.all import ImageDataLoaders, Resize, aug_transforms, resnet34, vision_learner

    set_seed(0, reproducible=True)
    kept = any(Path(torch.hub.get_dir(), "checkpoints").glob("resnet34*.pth"))
    say(
        "ResNet-34 begins " + ("with ImageNet weights" if kept else "from nothing: its weights are not on this machine")
    )
    table = learn.assign(name=learn["image"].astype(str), is_valid=learn["split"] == "valid")
    dls = ImageDataLoaders.from_df(
        table, path="/", fn_col="name", label_col="fracture", valid_col="is_valid", item_tfms=Resize(SIZE),
        batch_tfms=aug_transforms(), bs=24, num_workers=0,
    )  # fmt: skip
    stock, took, best = vision_learner(dls, resnet34, pretrained=kept), 0.0, 0.0
    asked = stock.dls.test_dl(test["image"].astype(str).tolist())
    with stock.no_bar(), stock.no_logging():
        if kept:
            begun = time.perf_counter()
            stock.freeze()
            stock.fit_one_cycle(1, 2e-3)
            took += time.perf_counter() - begun
        stock.unfreeze()
        while took < wanted.times * ours_took and best < ours:
            begun = time.perf_counter()
            stock.fit_one_cycle(3, slice(1e-5, 1e-3) if kept else 1e-3)
            took += time.perf_counter() - begun
            score = stock.get_preds(dl=asked)[0][:, 1].numpy()
            best = max(best, _said("vision_learner(resnet34)", truth, score, took))
    reached = "as good after" if best >= ours else "not as good after"
    say(f"{reached} {took / ours_took:.1f} times as long (AUC {best:.3f} against {ours:.3f})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
