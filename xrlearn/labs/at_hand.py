"""What a page asks of models first, done once in the process that pages are copies of: they share its memory."""

from contextlib import suppress


def ready() -> None:
    """Load the first question's model and the trunk that knows strangers, and have them look at a film of nothing.

    That look sets the libraries up, too, and so does reading the first film of a collection, where one is here. A
    graphics card is left alone: its driver does not survive a copy.

    Examples
    --------
    >>> ready()
    """
    import numpy as np
    import torch

    from ..radiograph import Radiograph
    from ..training import predict
    from ..training.weights import WeightsError
    from . import case_review_kinds, case_review_models  # noqa: F401 (what they import is wanted)
    from .case_review_films import films_of, sources
    from .case_review_state import FIRST, CaseReview

    if torch.cuda.is_available():
        return
    review = CaseReview(FIRST)
    films = films_of(review.task, sources(review.task)[0])
    if films.made is None:
        review.offer(films.cases, films.make)
        review.fetch(0)
    with suppress(WeightsError):  # each page says so itself
        predict(Radiograph(np.zeros((64, 48), np.float32)), FIRST)
