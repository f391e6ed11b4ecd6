"""Statistics of diagnostic tests and of those who read them: pure functions of arrays.

Each name is imported from its file when it is first used, so that ``import xrlearn.stats`` costs nothing. No file bears
the name of a public function: importing the file would put it in the function's place.

>>> from xrlearn.stats import auc
>>> auc([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
0.75
"""

from typing import TYPE_CHECKING

import lazy_loader

#: file -> the public names it holds
_FILES = {
    "checks": ("StatsError",),
    "roc": ("auc", "auc_ci", "delong_test", "delong_unpaired_test", "partial_auc", "roc_curve"),
    "parametric": ("binormal",),
    "localisation": ("afroc", "lroc"),
    "proportions": ("diagnostic", "mcnemar", "predictive_values", "proportion_ci"),
    "agreement": ("cohen_kappa", "fleiss_kappa", "icc"),
    "limits": ("bland_altman",),
    "clustered": ("bootstrap",),
    "reliability": (
        "brier",
        "brier_decomposition",
        "calibration",
        "ece",
        "ece_ci",
        "hosmer_lemeshow",
        "reliability_bins",
    ),
    "utility": ("cusum", "decision_curve", "idi", "net_benefit", "nri"),
    "multireader": ("MRMC", "mrmc"),
    "designs": ("AnyDesign", "mrmc_any_design"),
    "planning": ("mrmc_power", "mrmc_sample_size"),
    "simulate": ("roe_metz",),
    "figures": ("plot_bland_altman", "plot_calibration", "plot_decision_curve", "plot_mrmc", "plot_roc"),
}

if TYPE_CHECKING:
    from .agreement import cohen_kappa as cohen_kappa
    from .agreement import fleiss_kappa as fleiss_kappa
    from .agreement import icc as icc
    from .checks import StatsError as StatsError
    from .clustered import bootstrap as bootstrap
    from .designs import AnyDesign as AnyDesign
    from .designs import mrmc_any_design as mrmc_any_design
    from .figures import plot_bland_altman as plot_bland_altman
    from .figures import plot_calibration as plot_calibration
    from .figures import plot_decision_curve as plot_decision_curve
    from .figures import plot_mrmc as plot_mrmc
    from .figures import plot_roc as plot_roc
    from .limits import bland_altman as bland_altman
    from .localisation import afroc as afroc
    from .localisation import lroc as lroc
    from .multireader import MRMC as MRMC
    from .multireader import mrmc as mrmc
    from .parametric import binormal as binormal
    from .planning import mrmc_power as mrmc_power
    from .planning import mrmc_sample_size as mrmc_sample_size
    from .proportions import diagnostic as diagnostic
    from .proportions import mcnemar as mcnemar
    from .proportions import predictive_values as predictive_values
    from .proportions import proportion_ci as proportion_ci
    from .reliability import brier as brier
    from .reliability import brier_decomposition as brier_decomposition
    from .reliability import calibration as calibration
    from .reliability import ece as ece
    from .reliability import ece_ci as ece_ci
    from .reliability import hosmer_lemeshow as hosmer_lemeshow
    from .reliability import reliability_bins as reliability_bins
    from .roc import auc as auc
    from .roc import auc_ci as auc_ci
    from .roc import delong_test as delong_test
    from .roc import delong_unpaired_test as delong_unpaired_test
    from .roc import partial_auc as partial_auc
    from .roc import roc_curve as roc_curve
    from .simulate import roe_metz as roe_metz
    from .utility import cusum as cusum
    from .utility import decision_curve as decision_curve
    from .utility import idi as idi
    from .utility import net_benefit as net_benefit
    from .utility import nri as nri

__getattr__, __dir__, __all__ = lazy_loader.attach(__name__, submod_attrs=_FILES)
