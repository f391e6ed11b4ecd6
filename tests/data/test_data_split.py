from collections import defaultdict

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from xrlearn.data import split_by_patient

patients = st.lists(st.text(min_size=1, max_size=8), min_size=1, max_size=60)


@given(patients, st.integers(0, 5), st.randoms(use_true_random=False))
def test_a_patient_keeps_one_place_whatever_else_is_in_the_table(names, seed, random):
    place = dict(zip(names, split_by_patient(names, seed)))
    longer = [*names, *(f"new{i}" for i in range(20))]
    random.shuffle(longer)
    sets = defaultdict(set)
    for name, part in zip(longer, split_by_patient(longer, seed)):
        sets[name].add(part)
    assert all(len(parts) == 1 for parts in sets.values())
    assert all(sets[name] == {place[name]} for name in names)


@given(st.integers(0, 10_000))
def test_shares_are_near_70_15_15(seed):
    parts = split_by_patient(range(3000), seed)
    shares = [np.mean(parts == name) for name in ("train", "valid", "test")]
    # five standard errors of a share among 3,000 patients
    assert np.allclose(shares, [0.70, 0.15, 0.15], atol=5 * np.sqrt(0.7 * 0.3 / 3000))


def test_number_and_text_are_the_same_patient_and_the_rule_does_not_drift():
    assert split_by_patient([7, "7"]).tolist() == split_by_patient(["7", 7]).tolist()
    assert split_by_patient(["9000099", "g2429", "run0028"]).tolist() == ["train", "valid", "train"]


def test_another_seed_divides_otherwise():
    assert (split_by_patient(range(100), 0) != split_by_patient(range(100), 1)).any()
