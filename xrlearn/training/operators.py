"""Make ``import torchvision`` work beside a CPU build of torch, and light.

PyTorch's registry package of torchvision is built for CUDA. Beside a CPU torch its compiled part does not load, and
importing it fails because two operators, ``nms`` and ``qnms``, were never declared. Declaring their signatures is
enough: nothing here calls them (fastai and timm need neither).

fastai imports torchvision for one function that pads. With it come networks and detectors whose operators start torch's
compiler: a second and 100 MB in every program. They are imported when somebody asks for them.

``import xrlearn`` sees to it that torchvision is imported in this way, whoever imports it.
"""

import sys
from importlib import import_module
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

import torch

#: parts of torchvision that wait until they are asked for
LATER = ("models", "ops")

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


def light_torchvision() -> ModuleSpec | None:
    """Say how torchvision is to be imported: with its operators declared, and without the parts that may wait.

    Returns
    -------
    ModuleSpec or None
        What ``importlib`` loads torchvision by; None where it is not installed.
    """
    declare()
    spec = find_spec("torchvision")
    if spec is None or spec.loader is None:
        return None
    load = spec.loader.exec_module

    def exec_module(module: ModuleType) -> None:
        waiting = {f"torchvision.{name}": ModuleType(name) for name in LATER}
        sys.modules.update(waiting)  # torchvision finds them imported
        try:
            load(module)
        finally:
            for name in waiting:
                del sys.modules[name]
        for name in LATER:
            delattr(module, name)
        module.__getattr__ = _asked_for  # type: ignore[method-assign]

    spec.loader.exec_module = exec_module  # type: ignore[method-assign]
    return spec


def _asked_for(name: str) -> Any:
    if name in LATER:
        return import_module(f"torchvision.{name}")
    raise AttributeError(f"module 'torchvision' has no attribute {name!r}")
