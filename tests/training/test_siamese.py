"""The Siamese network: both halves alike, the worse one decides, and the map adds up to the answer."""

import pytest
import torch

from xrlearn.training.networks.siamese import SiameseNet


def chance(seed):
    """A network that knows nothing of knees."""
    torch.manual_seed(seed)
    net = SiameseNet(4, pretrained=True).eval()
    for layer in (net.vote, net.worse):
        torch.nn.init.normal_(layer.weight, std=0.05)
    return net


@pytest.fixture(scope="module")
def net():
    return chance(0)


@pytest.fixture(scope="module")
def films():
    return torch.rand(3, 1, 96, 96, generator=torch.Generator().manual_seed(1))


def test_left_and_right_are_alike(net, films):
    with torch.inference_mode():
        assert torch.allclose(net(films), net(films.flip(3)), atol=1e-4)


@pytest.mark.parametrize("side", [64, 96, 224])
def test_the_map_has_the_grid_of_the_whole_film(net, side):
    with torch.inference_mode():
        net(torch.rand(1, 1, side, side))
    assert net.evidence.shape == (1, 1, side // 32, side // 32)


def test_the_cells_add_up_to_the_answer(net):
    """With an even number of cells no cell is seen twice: the answer is twice the mean of the map."""
    with torch.inference_mode():
        answer = net(torch.rand(2, 1, 128, 128))
    assert torch.allclose(2 * net.evidence.mean((1, 2, 3)), answer.mean(1), atol=1e-4)


def test_a_half_that_changes_is_seen_in_its_half_of_the_map(films):
    """Of single networks of chance some are as much moved in the other half, which is no longer the worse one."""
    film = films[:1, :, :64, :64].repeat(1, 1, 2, 2)
    spoiled = film.clone()
    spoiled[..., :32] = 1.0
    own, other = 0.0, 0.0
    for seed in range(8):
        net = chance(seed)
        with torch.inference_mode():
            before = (net(film), net.evidence)[1]
            after = (net(spoiled), net.evidence)[1]
        change = (after - before).abs()[0, 0].mean(0)
        own, other = own + float(change[:2].mean()), other + float(change[2:].mean())
    assert own > 1.1 * other


def test_the_worse_half_counts_more_than_the_better():
    """A layer that adds up the larger of both sides tells two bad halves from one as a mean would not."""
    torch.manual_seed(0)
    net = SiameseNet(1, pretrained=True).eval()
    torch.nn.init.constant_(net.worse.weight, 1.0)
    torch.nn.init.zeros_(net.vote.bias)
    quiet = torch.full((1, 1, 128, 128), 0.2)
    one, both = quiet.clone(), torch.rand(1, 1, 128, 128)
    one[..., :64] = both[..., :64]
    both[..., 64:] = both[..., :64].flip(3)
    with torch.inference_mode():
        nothing, half, whole = (net(film).item() for film in (quiet, one, both))
    assert abs(half - nothing) > 0.6 * abs(whole - nothing)
