"""The five miniatures: each is built as its family is, small, and able to learn."""

import numpy as np
import pytest
import torch

from xrlearn.training.miniature.families import FAMILIES, Dense, Inception, Residual
from xrlearn.training.miniature.tiny import Recipe, TinyNet, fit


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_a_miniature_is_small_takes_films_and_maps_them(family):
    net = TinyNet(Recipe(), family.trunk())
    assert 5_000 < net.parameter_count < 60_000
    assert net(torch.rand(2, 1, 48, 48)).shape == (2,)
    assert min(net.evidence.shape[-2:]) >= 6


def test_families_differ_in_how_their_layers_are_joined():
    kinds = {f.name: {type(m) for m in f.trunk()[0].modules()} & {Inception, Residual, Dense} for f in FAMILIES}
    assert kinds == {
        "AlexNet": set(), "VGG": set(), "GoogLeNet": {Inception}, "ResNet": {Residual}, "DenseNet": {Dense},
    }  # fmt: skip


def test_a_residual_block_that_learned_nothing_lets_the_picture_through():
    block = Residual(4, 4, 1).eval()
    torch.nn.init.zeros_(block.layers[1].weight)
    x = torch.rand(1, 4, 8, 8)
    assert torch.allclose(block(x), x)


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_every_family_learns(family):
    rng = np.random.default_rng(0)
    films, truth = rng.integers(0, 100, (64, 32, 32)), np.arange(64) % 2
    films[truth == 1, 8:20, 8:20] += 60
    assert fit(films, truth, Recipe(epochs=6), trunk=family.trunk).epochs[-1].auc > 0.9
