"""The region first: it is cut where the landmarks are, its map lies there, and its overlap is told."""

import numpy as np
import pandas as pd
import pytest
import torch

import xrlearn as xr
from xrlearn.radiograph.wrist import distal_radius, overlap
from xrlearn.tasks import find
from xrlearn.training.networks.region import CUT, RegionNet, cut, pasted
from xrlearn.training.systems import Reading, system_of

TASK = find("distal-radius-fracture")


@pytest.fixture(scope="module")
def learn():
    torch.manual_seed(0)
    cases = xr.load(TASK.name, n=16, size=96).sort_values("fracture")
    cases = cases.assign(split=np.resize(["train", "valid"], len(cases)))
    return xr.learner(TASK.name, cases, size=96, batch_size=4, pretrained=False, boxes=True)


def test_a_film_and_its_landmarks_are_varied_alike(learn):
    """The region at the landmarks of a varied film holds the radius, however it was turned: it is as bright."""
    learn.dls.train.rng.seed(0)
    film, _, _, points = learn.dls.one_batch()
    share = (torch.as_tensor(points).flip(-1) + 1) / 2
    centre, half = distal_radius(share)
    assert centre.shape == (4, 2)
    inside = cut(torch.as_tensor(film), centre, half, 32).mean((1, 2, 3))
    corner = cut(torch.as_tensor(film), torch.full_like(centre, 0.05), torch.full_like(half, 0.05), 8).mean((1, 2, 3))
    assert (inside > corner).all()


def test_while_it_learns_it_is_told_where_to_cut():
    net = RegionNet(4, distal_radius, pretrained=False)
    told = torch.tensor([[[0.4, 0.4], [0.4, 0.6], [0.8, 0.5], [0.45, 0.7]]] * 40)
    net.train()
    net.told = told
    net.find.requires_grad_(False)
    net(torch.rand(40, 1, 96, 96))
    centre, half = net.frame
    true = distal_radius(told)
    assert torch.allclose(centre.mean(0), true[0].mean(0), atol=0.03)
    assert half.mean() == pytest.approx(float(true[1].mean()), rel=0.1)
    assert centre.std(0).min() > 0.01  # a little beside the mark, as a detector is
    net.train()  # an epoch later nothing of the last batch is left
    assert net.told is None


def test_the_map_lies_where_the_region_was_cut():
    film = torch.zeros(1, 1, 64, 64)
    film[0, 0, 20:24, 40:44] = 1
    centre, half = torch.tensor([[0.4, 0.6]]), torch.tensor([0.2])
    back = pasted(cut(film, centre, half, CUT), centre, half, 64)[0, 0]
    row, column = np.unravel_index(int(back.argmax()), back.shape)
    assert abs(row - 21.5) <= 2
    assert abs(column - 41.5) <= 2
    assert back[:, :20].max() == 0


def test_the_overlap_is_told_of_films_whose_landmarks_are_known(learn):
    cases = learn.cases.reset_index(drop=True)
    exact = [{name: film[name] for name in TASK.settings["points"]} for film in cases["landmarks"]]
    reading = Reading(np.zeros(len(cases)), points=exact)
    found = system_of(TASK).figures(cases, reading, {})
    assert found["region_iou"]["value"] == found["region_found"]["value"] == 1
    off = [{name: (r + 100, c) for name, (r, c) in film.items()} for film in exact]
    found = system_of(TASK).figures(cases, Reading(np.zeros(len(cases)), points=off), {})
    assert found["region_iou"]["value"] == found["region_found"]["value"] == 0
    assert system_of(TASK).figures(cases.drop(columns="landmarks"), reading, {}) == {}


def test_squares_overlap_as_one_counts_it():
    centre, half = np.array([[5.0, 5.0]] * 3), np.array([5.0] * 3)
    other = np.array([[5.0, 5.0], [5.0, 10.0], [25.0, 5.0]])
    np.testing.assert_allclose(overlap(centre, half, other, half), [1, 1 / 3, 0])


def test_films_without_landmarks_teach_the_classifier_alone(learn):
    cases = learn.cases.drop(columns="landmarks")
    other = xr.learner(TASK.name, pd.DataFrame(cases), size=96, batch_size=4, pretrained=False)
    with other.no_bar(), other.no_logging():
        other.fit(1)
    assert np.isfinite(other.recorder.values[-1]).all()
