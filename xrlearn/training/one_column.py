"""What one column alone reaches, beside a system: without that line a figure of a risk means nothing."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..stats import delong_test
from ..stats.clustered import Figure, area, figure


def beside(
    column: str, cases: pd.DataFrame, truth: NDArray[np.int64], output: NDArray[np.floating]
) -> dict[str, Figure]:
    """Return the AUC of a column alone, ``auc_COLUMN``, and what the system gains over it, ``auc_gain``.

    The gain is paired: both are read on the same people (DeLong et al. 1988). Rows that do not tell the column are as
    the median.

    Examples
    --------
    >>> cases = pd.DataFrame({"age": [60, 70, 80, 90], "patient": list("abcd")})
    >>> found = beside("age", cases, np.array([0, 1, 0, 1]), np.array([0.0, 1.0, 0.0, 1.0]))
    >>> found["auc_age"]["value"], found["auc_gain"]["value"]
    (0.75, 0.25)
    """
    alone = pd.to_numeric(cases[column], errors="coerce")
    value = alone.fillna(alone.median()).to_numpy(dtype=np.float64)
    test = delong_test(truth, output, value)
    gain = figure(test.difference, (test.low, test.high), "DeLong, paired")
    return {f"auc_{column}": area(truth == 1, value, cases["patient"]), "auc_gain": gain}
