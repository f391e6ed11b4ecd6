"""Five famous families of networks as miniatures: the idea of each, in some ten thousand numbers.

They are no AlexNet and no ResNet: those have 6 to 138 million numbers, were trained on 1.2 million photographs, and one
of them would take a laptop minutes for a round through 240 films. What is kept is how each family joins its layers.
All have batch normalisation here, also those that came before it, so that they train in a moment.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

Trunk = tuple[nn.Module, int]


def _conv(before: int, after: int, size: int = 3, stride: int = 1) -> nn.Sequential:
    """A convolution with normalisation and ReLU."""
    return nn.Sequential(
        nn.Conv2d(before, after, size, stride, size // 2, bias=False), nn.BatchNorm2d(after, momentum=0.2), nn.ReLU()
    )


def alexnet() -> Trunk:
    """Large patterns first, then smaller ones, one after the other (Krizhevsky, Sutskever, Hinton, NIPS 2012)."""
    large = [_conv(1, 12, 7, 2), nn.MaxPool2d(2), _conv(12, 16, 5), nn.MaxPool2d(2)]
    return nn.Sequential(*large, _conv(16, 32), _conv(32, 32)), 32


def vgg() -> Trunk:
    """Nothing but 3 x 3 patterns, two layers at each size of picture (Simonyan, Zisserman, ICLR 2015)."""
    layers: list[nn.Module] = []
    for before, after in ((1, 8), (8, 16), (16, 32)):
        layers += [_conv(before, after), _conv(after, after), nn.MaxPool2d(2)]
    return nn.Sequential(*layers), 32


class Inception(nn.Module):
    """Small and large patterns beside each other on the same picture; what they find is laid side by side."""

    def __init__(self, before: int, each: int) -> None:
        super().__init__()
        self.branches = nn.ModuleList([
            _conv(before, each, 1),
            nn.Sequential(_conv(before, each, 1), _conv(each, each, 3)),
            nn.Sequential(_conv(before, each // 2, 1), _conv(each // 2, each, 5)),
            nn.Sequential(nn.MaxPool2d(3, 1, 1), _conv(before, each, 1)),
        ])  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        """Return four times `each` channels."""
        return torch.cat([branch(x) for branch in self.branches], 1)


def googlenet() -> Trunk:
    """Inception blocks: 1 x 1, 3 x 3 and 5 x 5 patterns in parallel (Szegedy and others, CVPR 2015)."""
    return nn.Sequential(
        _conv(1, 8, 5, 2), nn.MaxPool2d(2), Inception(8, 6), Inception(24, 8), nn.MaxPool2d(2), Inception(32, 10)
    ), 40


class Residual(nn.Module):
    """Two layers whose result is added to what came in, so that they need only learn the difference."""

    def __init__(self, before: int, after: int, stride: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            _conv(before, after, 3, stride), nn.Conv2d(after, after, 3, 1, 1, bias=False),
            nn.BatchNorm2d(after, momentum=0.2),
        )  # fmt: skip
        same = before == after and stride == 1
        self.way_round = nn.Identity() if same else nn.Conv2d(before, after, 1, stride, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Return the sum of both ways."""
        return torch.relu(self.layers(x) + self.way_round(x))


def resnet() -> Trunk:
    """Residual blocks with a way round each (He, Zhang, Ren, Sun, CVPR 2016)."""
    return nn.Sequential(_conv(1, 8, 3, 2), Residual(8, 8, 1), Residual(8, 16, 2), Residual(16, 32, 2)), 32


class Dense(nn.Module):
    """Layers each of which sees what all layers before it found."""

    def __init__(self, before: int, growth: int, layers: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(_conv(before + growth * i, growth) for i in range(layers))

    def forward(self, x: Tensor) -> Tensor:
        """Return what came in and all that was found."""
        for layer in self.layers:
            x = torch.cat([x, layer(x)], 1)
        return x


def densenet() -> Trunk:
    """Dense blocks: every layer is joined to all later ones (Huang, Liu, van der Maaten, Weinberger, CVPR 2017)."""
    return nn.Sequential(
        _conv(1, 8, 3, 2), Dense(8, 6, 3), _conv(26, 16, 1), nn.MaxPool2d(2), Dense(16, 8, 3), _conv(40, 24, 1),
        nn.MaxPool2d(2), Dense(24, 8, 2),
    ), 40  # fmt: skip


@dataclass(frozen=True)
class Family:
    """A family of networks.

    Attributes
    ----------
    name : str
    year : int
        Of publication; see the docstring of `trunk` for the paper.
    millions : float
        Parameters of a full member, in millions, as torchvision counts them.
    member : str
        Which member that is.
    trunk : callable
        Makes the miniature's layers: what ``fit(..., trunk=...)`` in :mod:`.tiny` takes.
    """

    name: str
    year: int
    millions: float
    member: str
    trunk: Callable[[], Trunk]


FAMILIES = (
    Family("AlexNet", 2012, 61.1, "AlexNet", alexnet),
    Family("VGG", 2014, 138.4, "VGG-16", vgg),
    Family("GoogLeNet", 2014, 6.6, "GoogLeNet", googlenet),
    Family("ResNet", 2015, 25.6, "ResNet-50", resnet),
    Family("DenseNet", 2016, 8.0, "DenseNet-121", densenet),
)
