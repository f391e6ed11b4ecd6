"""Simulated radiographs with exact truth: real bone shapes, filmed by the laws of attenuation.

>>> from xrlearn import phantom
>>> film, truth = phantom.make("wrist", "PA", size=64, seed=1)
>>> film.source
'simulated'

For teaching and for trying out methods. Not for diagnosis.
"""

from .cohort import Cohort
from .film import make, shoot, with_settings
from .region import Region, View, region, region_names
from .site import SITES, Site
from .truth import Truth

__all__ = [
    "SITES",
    "Cohort",
    "Region",
    "Site",
    "Truth",
    "View",
    "make",
    "region",
    "region_names",
    "shoot",
    "with_settings",
]
