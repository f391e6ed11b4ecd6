"""How many readers and cases does a study need? Power of multi-reader multi-case studies."""

from collections.abc import Mapping
from dataclasses import dataclass

import scipy

from .checks import StatsError, choice
from .multireader import MRMC

#: for a department without a pilot: Van Dyke's study (5 readers, 114 cases, 45 of them diseased; AUC 0.90 and 0.94), as
#: Hillis, Obuchowski & Berbaum (2011) plan with it; and its number of cases
VAN_DYKE = {"modality_reader": 0.0002, "error": 0.0008, "cov1": 0.00035, "cov2": 0.00034, "cov3": 0.00024}
VAN_DYKE_CASES = 114

_NEEDED = ("modality_reader", "error", "cov1", "cov2", "cov3")


@dataclass(frozen=True)
class Power:
    """Power of a planned study, with the noncentrality parameter and degrees of freedom that it was found from."""

    power: float
    readers: int
    cases: int
    noncentrality: float
    df2: float


def _pilot(pilot: MRMC | Mapping[str, float], cases: int | None) -> tuple[Mapping[str, float], int]:
    if isinstance(pilot, MRMC):
        return pilot.components, pilot.cases if cases is None else cases
    absent = [name for name in _NEEDED if name not in pilot]
    if absent or cases is None:
        raise StatsError("pilot", wanted=", ".join((*_NEEDED, "pilot_cases")))
    return pilot, cases


def mrmc_power(
    pilot: MRMC | Mapping[str, float],
    readers: int,
    cases: int,
    difference: float,
    *,
    analysis: str = "rrrc",
    alpha: float = 0.05,
    pilot_cases: int | None = None,
) -> Power:
    """Return the power to find a difference between two modalities that every reader uses on every case.

    Parameters
    ----------
    pilot : MRMC or mapping
        A pilot study analysed with :func:`xrlearn.stats.mrmc`, or its Obuchowski-Rockette components
        (``modality_reader``, ``error``, ``cov1``, ``cov2``, ``cov3``).
    readers, cases : int
        Of the planned study, whose share of diseased cases should be like the pilot's.
    difference : float
        Difference in mean AUC worth finding.
    analysis : {"rrrc", "frrc", "rrfc"}
        To whom the result is to apply: readers and cases, cases only, readers only.
    alpha : float
        Two-sided significance level.
    pilot_cases : int, optional
        Cases of the pilot; needed with a mapping.

    Notes
    -----
    Error variance and covariances shrink in proportion to the number of cases. A negative modality-by-reader component
    counts as 0, and so does Cov2 - Cov3. With fixed readers the test is a chi-square (`df2` infinite).

    References
    ----------
    Hillis, Obuchowski & Berbaum (2011), Acad Radiol 18:129-142.

    Examples
    --------
    >>> parts = dict(modality_reader=0.0002, error=0.0008, cov1=0.00035, cov2=0.00034, cov3=0.00024)
    >>> round(mrmc_power(parts, readers=10, cases=165, difference=0.044, pilot_cases=114).power, 2)
    0.82
    """
    choice("analysis", analysis, ("rrrc", "frrc", "rrfc"))
    parts, before = _pilot(pilot, pilot_cases)
    if readers < (1 if analysis == "frrc" else 2) or cases < 2:
        raise StatsError("study_size", readers=readers, cases=cases)
    ratio = before / cases
    own = max(parts["modality_reader"], 0.0)
    shared = ratio * max(parts["cov2"] - parts["cov3"], 0.0)
    left = ratio * (parts["error"] - parts["cov1"])
    rest = own + left - shared  # what the modality x reader mean square is expected to be
    if rest <= 0:
        raise StatsError("pilot_noise")
    if analysis == "frrc":
        noise, df2 = left + (readers - 1) * shared, float("inf")
    elif analysis == "rrfc":
        noise, df2 = rest, float(readers - 1)
    else:
        noise = own + left + (readers - 1) * shared
        df2 = (readers - 1) * (noise / rest) ** 2
    noncentrality = readers / 2 * difference**2 / noise
    if analysis == "frrc":
        power = scipy.stats.ncx2.sf(scipy.stats.chi2.isf(alpha, 1), 1, noncentrality)
    else:
        power = scipy.stats.ncf.sf(scipy.stats.f.isf(alpha, 1, df2), 1, df2, noncentrality)
    return Power(float(power), readers, cases, float(noncentrality), float(df2))


def mrmc_sample_size(
    pilot: MRMC | Mapping[str, float],
    readers: int,
    difference: float,
    power: float = 0.8,
    *,
    analysis: str = "rrrc",
    alpha: float = 0.05,
    pilot_cases: int | None = None,
    most: int = 2000,
) -> Power:
    """Return the smallest number of cases with which a number of readers reach the power.

    Parameters
    ----------
    pilot, readers, difference, analysis, alpha, pilot_cases
        As in :func:`mrmc_power`.
    power : float
        Power wanted.
    most : int
        Where to give up.

    Raises
    ------
    StatsError
        If even `most` cases do not suffice: more readers are needed.

    Examples
    --------
    >>> parts = dict(modality_reader=0.0002, error=0.0008, cov1=0.00035, cov2=0.00034, cov3=0.00024)
    >>> mrmc_sample_size(parts, readers=10, difference=0.044, pilot_cases=114).cases
    155
    """

    def at(cases: int) -> Power:
        return mrmc_power(pilot, readers, cases, difference, analysis=analysis, alpha=alpha, pilot_cases=pilot_cases)

    low, high = 2, most
    if at(high).power < power:
        raise StatsError("not_enough", readers=readers, cases=most, power=at(high).power)
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if at(middle).power >= power else (middle + 1, high)
    return at(high)
