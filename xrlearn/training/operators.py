"""Make ``import torchvision`` work beside a CPU build of torch whose torchvision brings no compiled operators.

PyTorch's registry package of torchvision is built for CUDA. Beside a CPU torch its compiled part does not load, and
importing it fails because two operators, ``nms`` and ``qnms``, were never declared. Declaring their signatures is
enough: nothing here calls them (fastai and timm need neither). Import this module before fastai, timm or torchvision.
"""

from importlib.util import find_spec
from pathlib import Path

import torch

_SIGNATURES = tuple(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor" for name in ("nms", "qnms"))

#: kept for the life of the process: the declarations vanish with the library object
_library: torch.library.Library | None = None


def declare() -> str:
    """Declare torchvision's operators where they are missing; say how they are provided.

    Returns
    -------
    str
        ``"compiled"`` when torchvision's own operators load, ``"declared"`` when only their signatures are known,
        ``"absent"`` when torchvision is not installed.
    """
    global _library
    if _library is not None:
        return "declared"
    if hasattr(torch.ops.torchvision, "nms"):
        return "compiled"
    spec = find_spec("torchvision")
    if spec is None or spec.origin is None:
        return "absent"
    for compiled in Path(spec.origin).parent.glob("_C.*"):
        try:
            torch.ops.load_library(compiled)
            return "compiled"
        except OSError:  # built for another torch: declare the signatures instead
            break
    _library = torch.library.Library("torchvision", "FRAGMENT")
    for signature in _SIGNATURES:
        _library.define(signature)
    return "declared"


declare()
