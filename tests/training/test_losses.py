"""Losses of grades and numbers."""

import numpy as np
import pytest
import torch

from xrlearn.tasks.answers import Grades
from xrlearn.training.learners.losses import GradeLoss, NumberLoss, grade_probabilities


def test_the_learner_and_the_answer_agree_on_what_grades_mean():
    logits = torch.randn(7, 4)
    theirs = Grades("kl", tuple("abcde")).chances(logits.numpy())
    np.testing.assert_allclose(grade_probabilities(logits).numpy(), theirs, atol=1e-6)


def test_a_grade_asks_only_the_questions_that_its_film_can_answer():
    """A film of grade 0 says nothing on "higher than 1 among those that have at least grade 1"."""
    loss, grade = GradeLoss(), torch.tensor([0])
    a, b = loss(torch.tensor([[-1.0, 5.0, 5.0]]), grade), loss(torch.tensor([[-1.0, -5.0, 0.0]]), grade)
    assert a == b == pytest.approx(np.log1p(np.exp(-1)))
    sure = torch.tensor([[20.0, 20.0, -20.0]])
    assert loss(sure, torch.tensor([2])) < 1e-6 < loss(sure, torch.tensor([1]))


def test_grades_are_learned_in_their_order():
    """With one number that rises with the grade, the grades come out of it."""
    x = torch.linspace(-1, 1, 60)[:, None]
    grade = (torch.arange(60) // 20).long()
    layer = torch.nn.Linear(1, 2)
    step = torch.optim.Adam(layer.parameters(), 0.3)
    for _ in range(200):
        step.zero_grad()
        GradeLoss()(layer(x), grade).backward()
        step.step()
    assert (grade_probabilities(layer(x)).argmax(1) == grade).float().mean() > 0.9


def test_a_number_is_lost_on_its_own_scale():
    far, scaled = (NumberLoss(s)(torch.tensor([[110.0]]), torch.tensor([100.0])) for s in (1.0, 100.0))
    assert far == pytest.approx(9.5)
    assert scaled == pytest.approx(0.5 * 0.1**2)
