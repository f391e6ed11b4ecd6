"""Refining on few films: what many films have told of means and spreads stays."""

import pytest
import torch
from fastai.data.core import DataLoaders
from torch import nn
from torch.utils.data import TensorDataset

from xrlearn.training.learners.steady import KeepStatistics
from xrlearn.training.networks.find_and_read import FindAndRead


def statistics(net: nn.Module) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in net.state_dict().items() if "running" in name}


@pytest.mark.parametrize("kept", [True, False])
def test_weights_learn_and_statistics_stay(kept):
    from fastai.data.load import DataLoader
    from fastai.learner import Learner

    torch.manual_seed(0)
    net = nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.Flatten(), nn.Linear(4 * 36, 1))
    films = TensorDataset(5 + torch.randn(8, 1, 8, 8), torch.randn(8, 1))
    dls = DataLoaders(DataLoader(films, bs=4), DataLoader(films, bs=4), device=torch.device("cpu"))
    learn = Learner(dls, net, loss_func=nn.MSELoss(), cbs=[KeepStatistics()] if kept else [])
    before, weight = statistics(net), net[0].weight.detach().clone()
    with learn.no_bar(), learn.no_logging():
        learn.fit(2)
    assert not torch.equal(net[0].weight, weight)
    assert all(torch.equal(value, before[name]) for name, value in statistics(net).items()) == kept


def test_a_first_stage_that_is_fixed_stays_as_it_is_while_the_second_learns():
    net = FindAndRead(3, 2)
    net.train()
    assert net.find.training
    net.find.requires_grad_(False)
    net.train()
    assert not net.find.training
    assert net.read.training
    before = statistics(net.find)
    net(torch.rand(2, 1, 40, 40), torch.rand(2, 1, 32, 32), torch.rand(2, 1, 48, 48), torch.zeros(2))
    assert all(torch.equal(value, before[name]) for name, value in statistics(net.find).items())
