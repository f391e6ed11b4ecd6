"""EfficientNet-lite0 as TensorFlow pads it: the trunk of our networks, in plain torch.

``timm`` has the same network (``tf_efficientnet_lite0``, and a test holds the two together), but importing it brings
torchvision and torch's compiler along: 140 MB and some seconds on every page that reads a film. Layers are named as
they are there, so that stored weights fit.
"""

from typing import cast

import torch.nn.functional as F
from torch import Tensor, nn

#: of each stage: blocks, expansion, side of the kernel, stride of the first block, channels
STAGES = (
    (1, 1, 3, 1, 16),
    (2, 6, 3, 2, 24),
    (2, 6, 5, 2, 40),
    (3, 6, 3, 2, 80),
    (3, 6, 5, 1, 112),
    (4, 6, 5, 2, 192),
    (1, 6, 3, 1, 320),
)


class Same(nn.Conv2d):
    """A convolution with stride whose padding follows from the size of its input: what is odd comes after."""

    def forward(self, x: Tensor) -> Tensor:
        """Pad, then convolve."""
        pads = []
        for length, side, stride in zip(reversed(x.shape[-2:]), reversed(self.kernel_size), reversed(self.stride)):
            more = max((-(-length // stride) - 1) * stride + side - length, 0)
            pads += [more // 2, more - more // 2]
        return F.conv2d(F.pad(x, pads), self.weight, None, self.stride, groups=self.groups)


def convolution(before: int, after: int, side: int, stride: int = 1, groups: int = 1) -> nn.Conv2d:
    """Return a convolution without bias, padded as TensorFlow does.

    >>> import torch
    >>> convolution(3, 8, 3, 2)(torch.zeros(1, 3, 11, 12)).shape
    torch.Size([1, 8, 6, 6])
    """
    if stride > 1:
        return Same(before, after, side, stride, groups=groups, bias=False)
    return nn.Conv2d(before, after, side, 1, side // 2, groups=groups, bias=False)


class Norm(nn.BatchNorm2d):
    """Batch normalisation with what follows it."""

    def __init__(self, channels: int, act: bool = True) -> None:
        super().__init__(channels, eps=1e-3)
        self.act = nn.ReLU6(inplace=True) if act else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        """Normalise, then clip to 0 ... 6."""
        return cast(Tensor, self.act(super().forward(x)))


class Separable(nn.Module):
    """The first block: each channel for itself, then all of a pixel."""

    def __init__(self, before: int, after: int, side: int) -> None:
        super().__init__()
        self.conv_dw, self.bn1 = convolution(before, before, side, groups=before), Norm(before)
        self.conv_pw, self.bn2 = convolution(before, after, 1), Norm(after, act=False)

    def forward(self, x: Tensor) -> Tensor:
        """Return the block's output."""
        return cast(Tensor, self.bn2(self.conv_pw(self.bn1(self.conv_dw(x)))))


class Inverted(nn.Module):
    """A block that widens, looks at each channel for itself, and narrows again; the input is added where it fits."""

    def __init__(self, before: int, after: int, expansion: int, side: int, stride: int) -> None:
        super().__init__()
        wide = before * expansion
        self.conv_pw, self.bn1 = convolution(before, wide, 1), Norm(wide)
        self.conv_dw, self.bn2 = convolution(wide, wide, side, stride, wide), Norm(wide)
        self.conv_pwl, self.bn3 = convolution(wide, after, 1), Norm(after, act=False)
        self.fits = stride == 1 and before == after

    def forward(self, x: Tensor) -> Tensor:
        """Return the block's output."""
        seen = self.bn3(self.conv_pwl(self.bn2(self.conv_dw(self.bn1(self.conv_pw(x))))))
        return cast(Tensor, seen + x if self.fits else seen)


class Lite0(nn.Module):
    """The whole network without its classifier: film of three channels -> grid of 1280 at 1/32 of its size."""

    def __init__(self) -> None:
        super().__init__()
        self.conv_stem, self.bn1 = convolution(3, 32, 3, 2), Norm(32)
        stages, before = [], 32
        for blocks, expansion, side, stride, after in STAGES:
            stage: list[nn.Module] = []
            for k in range(blocks):
                first = Separable(before, after, side) if expansion == 1 else None
                stage.append(first or Inverted(before, after, expansion, side, stride if k == 0 else 1))
                before = after
            stages.append(nn.Sequential(*stage))
        self.blocks = nn.Sequential(*stages)
        self.conv_head, self.bn2 = convolution(before, 1280, 1), Norm(1280)

    def forward(self, x: Tensor) -> Tensor:
        """Return the last grid."""
        return cast(Tensor, self.bn2(self.conv_head(self.blocks(self.bn1(self.conv_stem(x))))))
