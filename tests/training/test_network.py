import torch
from xrlearn.training.network import SHARPNESS, EvidenceNet, groups


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
