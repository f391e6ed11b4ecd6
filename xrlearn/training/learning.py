"""The verbs that learn: a task's fastai Learner, and a whole training."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from ..progress import Progress
from ..tasks import find
from ..tasks.task import RECIPE
from .calibration import calibrate
from .systems import system_of
from .weights import Model, WeightsError

if TYPE_CHECKING:
    from fastai.callback.core import Callback
    from fastai.learner import Learner

#: by how much they are smaller where a training begins with a model
_REFINED = 0.3
#: films below which it keeps that model's running statistics
_FEW = 100


def learner(task: str, cases: pd.DataFrame, *, system: str | None = None, **options: Any) -> "Learner":
    """Return a fastai Learner for `task`, ready to train on `cases`.

    Everything that fastai users know works on it: ``fit_one_cycle``, ``lr_find``, ``show_results``, ``predict``,
    ``freeze``, callbacks. Test films are not among its data.

    Parameters
    ----------
    task : str
        Name of a task, see :func:`xrlearn.tasks`.
    cases : pandas.DataFrame
        What :func:`xrlearn.load` returned.
    system : str, optional
        Another family of networks than the task's own, see :mod:`xrlearn.training.systems`.
    **options
        Those of the family, such as ``size``, ``batch_size``, ``augment``, ``pretrained``; and fastai's own
        (``path``, ``cbs``, ``metrics`` ...).

    Raises
    ------
    TaskError
        If there is no such task.
    AnswerError
        If the films cannot teach it.

    Examples
    --------
    >>> import xrlearn as xr
    >>> learn = xr.learner("fracture", xr.load("fracture"))   # doctest: +SKIP
    >>> learn.fit_one_cycle(3)                                # doctest: +SKIP
    """
    return system_of(find(task), system).learner(cases, **options)


def _device(learn: "Learner") -> str:
    """Return what its network learned on: the name of a graphics card, else ``"cpu"``."""
    import torch

    device = next(learn.model.parameters()).device
    return torch.cuda.get_device_name(device) if device.type == "cuda" else device.type


def train(
    task: str,
    cases: pd.DataFrame,
    epochs: int = RECIPE["epochs"],
    seed: int = 0,
    *,
    cbs: "Sequence[Callback]" = (),
    begin: Model | None = None,
    keep: Path | None = None,
    progress: Progress | None = None,
    **options: Any,
) -> Model:
    """Train a model on the training films of `cases`, and settle it on the validation films.

    Parameters
    ----------
    task : str
        Name of a task.
    cases : pandas.DataFrame
        A cases table; lesion boxes are used where it has them. Test films are not opened.
    epochs : int
        How often every training film is seen.
    seed : int
        Of the new layers' first weights, the order of films, and their variation.
    cbs : sequence of fastai callbacks
        For example one that shows live curves.
    begin : Model, optional
        A model of the same task that the training begins with, in smaller steps: what it knows is refined, for example
        on films of one's own.
    keep : Path, optional
        A file in which the training is kept after every epoch. Where it is there already, the training goes on from it;
        it is gone once the training is done.
    progress : callable, optional
        Told of the films read out after training.
    **options
        See :func:`learner`.

    Returns
    -------
    Model
        Its card has no figures yet: those come from :func:`xrlearn.evaluate` on test films.

    Raises
    ------
    WeightsError
        If `begin` is of another task, family or size.
    TaskError, AnswerError
        As :func:`learner`, and if validation films are all of one kind: before the first epoch.
    """
    from fastai.torch_core import set_seed

    set_seed(seed, reproducible=True)
    system = system_of(find(task), options.pop("system", None))
    system.task.answer.check_valid(cases[cases["split"] == "valid"])
    learn = system.learner(cases, cbs=list(cbs), **{**system.whole, **options})
    rates = system.rates
    if begin is not None:
        if (begin.card.task, begin.card.system, begin.card.options) != (task, system.name, learn.options):
            raise WeightsError("other_begin", task=task, own=begin.card.task)
        learn.model.load_state_dict(begin.net.state_dict())
        rates = (system.rates[0] * _REFINED, system.rates[1] * _REFINED)
        if (cases["split"] == "train").sum() < _FEW:
            from .learners.steady import KeepStatistics

            learn.add_cb(KeepStatistics())
    from .learners.processes import ShareBatches, several

    if several():
        learn.add_cb(ShareBatches())
    begun = 0
    if keep is not None:
        from .learners.resume import KeepTraining, go_on

        begun = go_on(learn, keep)
        learn.add_cb(KeepTraining(keep))
    with learn.no_bar(), learn.no_logging():
        learn.fit_one_cycle(epochs, lr_max=slice(*rates), start_epoch=begun)
    if keep is not None:
        keep.unlink(missing_ok=True)
    training = {"epochs": epochs, "seed": seed, "rates": list(rates), "device": _device(learn), **learn.options}
    if begin is None:
        return calibrate(learn, training, progress)
    return calibrate(learn, training | {"begun_with": begin.card.version}, progress).having_seen(begin.seen)
