"""How old are the bones of this hand? Asked of a small network that starts from nothing, as Mutasa et al. did in 2018.

Nothing is found first, nothing is cut out, and no ImageNet weights are begun with: the whole film goes in. What a
learner should take from it: such a network needs thousands of steps. On its validation films the one that ships erred
by 53 months after 170 steps, as who always says the mean does, by 12 after 1700 and by 6 after 6500. And it cannot say
on which bones it leans, as `bone-age` can, which is told where to look and needs a sixth of the steps.
"""

from dataclasses import replace

from .bone_age import BONE_AGE

BONE_AGE_SCRATCH = replace(
    BONE_AGE,
    name="bone-age-scratch",
    system="scratch",
    settings={name: BONE_AGE.settings[name] for name in ("points", "scale")},
    # On a graphics card it takes four minutes (the card says which); on a processor, more than an hour.
    recipe={"n": 5000, "epochs": 37},
    published="tasks.bone-age-scratch.published",
    measured="tasks.bone-age.measured",
)
