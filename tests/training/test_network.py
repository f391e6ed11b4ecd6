import subprocess
import sys

import pytest
import torch

from xrlearn.training.networks.cam import CamNet
from xrlearn.training.networks.evidence import SHARPNESS, EvidenceNet
from xrlearn.training.networks.lite0 import Lite0
from xrlearn.training.networks.trunk import groups


def test_the_score_is_made_of_the_map_and_nothing_else():
    net = EvidenceNet(pretrained=False).eval()
    films = torch.rand(2, 1, 96, 96)
    with torch.no_grad():
        logits = net(films)
        z = net.evidence.flatten(1)
        pooled = torch.log(torch.exp(SHARPNESS * z).mean(1)) / SHARPNESS
        torch.testing.assert_close(logits[:, 1], net.gain * pooled + net.offset)
    assert net.evidence.shape == (2, 1, 6, 6)
    assert logits[:, 0].eq(0).all()


def test_the_frozen_stages_do_not_move():
    net = EvidenceNet(pretrained=True).train()
    net(torch.rand(2, 1, 64, 64))[:, 1].sum().backward()
    assert all(p.grad is None for p in net.stem.parameters())
    assert not net.stem.training
    assert all(p.grad is not None for group in groups(net) for p in group)


def test_every_trainable_number_is_in_one_group():
    net = EvidenceNet(pretrained=False)
    trunk, rest = ({id(p) for p in group} for group in groups(net))
    stem = {id(p) for p in net.stem.parameters()}
    assert not trunk & rest
    assert trunk | rest | stem == {id(p) for p in net.parameters()}


def test_imagenet_weights_are_really_there():
    """An ImageNet trunk answers different pictures differently; random weights barely do."""
    torch.manual_seed(0)
    net = EvidenceNet(pretrained=True).eval()
    with torch.no_grad():
        net(torch.stack([torch.rand(1, 96, 96), torch.linspace(0, 1, 96).expand(1, 96, 96)]))
    a, b = net.features
    assert torch.cosine_similarity(a, b, dim=0) < 0.8
    assert a.count_nonzero() > 100


def test_the_answer_of_a_cam_network_is_the_mean_of_its_cells():
    net = CamNet(1, pretrained=False, centre=100, spread=20).eval()
    torch.nn.init.normal_(net.vote.weight)
    with torch.no_grad():
        said = net(torch.rand(2, 1, 96, 64))
    assert torch.allclose(said[:, 0], 100 + 20 * net.evidence.mean((1, 2, 3)), atol=1e-4)


def test_exclusive_outputs_are_mapped_by_the_largest_above_the_mean():
    net = CamNet(3, pretrained=False, exclusive=True).eval()
    torch.nn.init.normal_(net.vote.weight)
    with torch.no_grad():
        said = net(torch.rand(2, 1, 64, 64))
    assert torch.allclose(net.evidence.mean((1, 2, 3)), said.amax(1) - said.mean(1), atol=1e-4)


def test_a_map_without_a_unit_is_drawn_from_nought_to_one():
    heat = CamNet.heat(torch.randn(3, 1, 5, 5))
    assert heat.amin() == 0
    assert heat.flatten(1).amax(1).allclose(torch.ones(3))
    assert CamNet.heat(torch.ones(1, 1, 5, 5)).eq(0).all()


@pytest.mark.parametrize("shape", [(64, 64), (97, 130)])  # even and odd sides are padded differently
def test_our_lite0_is_that_of_timm(shape):
    timm = pytest.importorskip("timm")
    theirs, ours = timm.create_model("tf_efficientnet_lite0", num_classes=0).eval(), Lite0().eval()
    assert list(ours.state_dict()) == list(theirs.state_dict())
    ours.load_state_dict(theirs.state_dict())
    film = torch.rand(2, 3, *shape)
    with torch.inference_mode():
        assert torch.equal(ours(film), theirs.forward_features(film))


def test_reading_a_film_brings_no_library_that_only_learning_needs():
    code = (
        "import sys, numpy as np, xrlearn as xr\n"
        "from xrlearn.radiograph import Radiograph\n"
        "xr.predict(Radiograph(np.eye(64, dtype=np.float32)), 'wrist-fracture')\n"
        "print([name for name in ('timm', 'torchvision', 'fastai', 'sklearn', 'sympy') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
