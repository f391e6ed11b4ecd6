"""The films of a lab: found on this machine, and thinned to as many as a lesson has time for."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


def balanced(cases: "pd.DataFrame", label: str, films: Mapping[str, int], seed: int = 0) -> "pd.DataFrame":
    """Return as many films with as without the finding, so that a short lesson sees enough of both.

    Parameters
    ----------
    cases : pandas.DataFrame
        A cases table.
    label : str
        Its column of 0 and 1.
    films : mapping of str to int
        Films in each set and class, e.g. ``{"train": 250, "valid": 80}``; sets not named are left out. Where a set
        holds fewer films of one class, that class alone comes short.
    seed : int
        Another seed draws other films.

    Returns
    -------
    pandas.DataFrame
        In an order that mixes classes and patients.

    Examples
    --------
    >>> import pandas as pd
    >>> cases = pd.DataFrame({"image": list("abcdef"), "split": ["train"] * 6, "fracture": [0, 0, 0, 0, 1, 1]})
    >>> balanced(cases, "fracture", {"train": 2})["fracture"].value_counts().sort_index().to_dict()
    {0: 2, 1: 2}
    """
    import pandas as pd

    parts = [
        group.sample(min(films[str(split)], len(group)), random_state=seed)
        for (split, _), group in cases.groupby(["split", label])
        if split in films
    ]
    return pd.concat(parts).sample(frac=1, random_state=seed).reset_index(drop=True)
