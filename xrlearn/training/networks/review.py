"""The five networks that the review names, without what they learned elsewhere: they start from nothing.

AlexNet (Krizhevsky 2012), VGG-11 (Simonyan 2014), GoogLeNet (Szegedy 2014), ResNet-18 (He 2015) and DenseNet-121 (Huang
2016), each up to its last grid; classifiers put their own layers behind it. AlexNet and GoogLeNet are older than batch
normalisation (2015) and have it here, as torchvision's GoogLeNet does: without it nothing is learned from few films.
"""

from collections.abc import Callable
from typing import Any

from torch import nn

#: blocks up to 1/16 of the film's size, blocks from there to 1/32, and the channels of both grids
Stages = tuple[nn.Sequential, nn.Sequential, int, int]


def _convolution(before: int, channels: int, side: int, stride: int = 1) -> list[nn.Module]:
    convolution = nn.Conv2d(before, channels, side, stride, side // 2, bias=False)
    return [convolution, nn.BatchNorm2d(channels), nn.ReLU(inplace=True)]


def _alexnet(width: float) -> Stages:
    a, b, c, d = (round(width * n) for n in (64, 192, 384, 256))
    pool = nn.MaxPool2d(3, 2, 1)
    middle = [*_convolution(3, a, 11, 4), pool, *_convolution(a, b, 5), pool]
    deep = [*_convolution(b, c, 3), *_convolution(c, d, 3), *_convolution(d, d, 3), pool]
    return nn.Sequential(*middle), nn.Sequential(*deep), b, d


def _vgg(width: float) -> Stages:
    blocks: list[nn.Module] = []
    before = 3
    for repeats, channels in ((1, 64), (1, 128), (2, 256), (2, 512), (2, 512)):
        layers = []
        for _ in range(repeats):
            layers += _convolution(before, before := round(width * channels), 3)
        blocks.append(nn.Sequential(*layers, nn.MaxPool2d(2)))
    return nn.Sequential(*blocks[:4]), nn.Sequential(blocks[4]), before, before


def _googlenet(width: float) -> Stages:
    from torchvision.models.googlenet import Inception

    # channels of the 1x1, 3x3 and 5x5 branches and of the pooled one, as in table 1 of the paper
    tables = {
        "3a": (64, 96, 128, 16, 32, 32),
        "3b": (128, 128, 192, 32, 96, 64),
        "4a": (192, 96, 208, 16, 48, 64),
        "4b": (160, 112, 224, 24, 64, 64),
        "4c": (128, 128, 256, 24, 64, 64),
        "4d": (112, 144, 288, 32, 64, 64),
        "4e": (256, 160, 320, 32, 128, 128),
        "5a": (256, 160, 320, 32, 128, 128),
        "5b": (384, 192, 384, 48, 128, 128),
    }
    first, second = round(width * 64), round(width * 192)
    pool = nn.MaxPool2d(3, 2, 1)
    start = [*_convolution(3, first, 7, 2), pool, *_convolution(first, first, 1), *_convolution(first, second, 3)]
    parts: dict[str, list[nn.Module]] = {"3": [*start, pool], "4": [pool], "5": [pool]}
    before = second
    widths = {}
    for name, table in tables.items():
        numbers = [round(width * n) for n in table]
        parts[name[0]].append(Inception(before, *numbers))
        before = widths[name[0]] = numbers[0] + numbers[2] + numbers[4] + numbers[5]
    return nn.Sequential(*parts["3"], *parts["4"]), nn.Sequential(*parts["5"]), widths["4"], widths["5"]


def _resnet(width: float) -> Stages:
    from timm.models.resnet import BasicBlock, ResNet

    channels = tuple(round(width * n) for n in (64, 128, 256, 512))
    net: Any = ResNet(BasicBlock, (2, 2, 2, 2), channels=channels, stem_width=channels[0])  # type: ignore[arg-type]
    start = [net.conv1, net.bn1, net.act1, net.maxpool]
    middle = nn.Sequential(*start, net.layer1, net.layer2, net.layer3)
    return middle, nn.Sequential(net.layer4), channels[2], channels[3]


def _densenet(width: float) -> Stages:
    from torchvision.models import DenseNet

    layers = (6, 12, 24, 16) if width == 1 else (4, 8, 12, 8)
    grids = DenseNet(round(width * 32), layers, round(width * 64)).features
    parts = dict(grids.named_children())
    middle = [part for name, part in parts.items() if name not in ("transition3", "denseblock4", "norm5")]
    deep = [parts["transition3"], parts["denseblock4"], parts["norm5"], nn.ReLU(inplace=True)]
    return nn.Sequential(*middle), nn.Sequential(*deep), parts["transition3"].norm.num_features, grids[-1].num_features


#: name -> width, 1 as published -> stages
REVIEW: dict[str, Callable[[float], Stages]] = {
    "alexnet": _alexnet,
    "vgg": _vgg,
    "googlenet": _googlenet,
    "resnet": _resnet,
    "densenet": _densenet,
}


def stages(network: str, width: float = 1.0) -> Stages:
    """Return a network of the review.

    Parameters
    ----------
    network : str
        A key of :data:`REVIEW`.
    width : float
        Share of the published channels; a DenseNet that is narrower is shallower, too.

    Examples
    --------
    >>> import torch
    >>> for name in REVIEW:
    ...     middle, deep, *channels = stages(name, 0.5)
    ...     seen = middle(torch.zeros(1, 3, 64, 64)), deep(middle(torch.zeros(1, 3, 64, 64)))
    ...     assert [tuple(x.shape[1:]) for x in seen] == [(channels[0], 4, 4), (channels[1], 2, 2)], name
    """
    return REVIEW[network](width)
