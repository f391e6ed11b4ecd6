"""Films as other hospitals keep them: points stay on what they mark, and equalised films use all greys alike."""

import torch

from xrlearn.training.learners.hospitals import bent, equalised, varied


def dots(points: torch.Tensor, size: int = 96) -> torch.Tensor:
    """Films with a soft bright spot at each point."""
    at = torch.linspace(-1 + 1 / size, 1 - 1 / size, size)
    far = (at[None, None, None, :] - points[..., 0, None, None]) ** 2 + (
        at[None, None, :, None] - points[..., 1, None, None]
    ) ** 2
    return torch.exp(-far / 0.002)


def test_bending_moves_points_with_the_film():
    torch.manual_seed(0)
    points = torch.tensor([[[-0.4, 0.3]], [[0.5, 0.1]], [[0.0, -0.5]]])
    film, moved = bent(dots(points), points, 0.02)
    assert (moved - points).abs().max() > 0.01
    for seen, (column, row) in zip(film[:, 0], moved[:, 0], strict=True):
        found = divmod(int(seen.argmax()), 96)
        assert abs((found[0] + 0.5) / 48 - 1 - row) < 0.04
        assert abs((found[1] + 0.5) / 48 - 1 - column) < 0.04


def test_a_missing_point_stays_missing():
    points = torch.full((1, 2, 2), torch.nan)
    points[0, 0] = 0.0
    _, moved = varied(torch.rand(1, 1, 64, 64), points, bend=0.02)
    assert torch.isfinite(moved[0, 0]).all()
    assert torch.isnan(moved[0, 1]).all()


def test_equalised_films_use_all_greys_alike():
    torch.manual_seed(0)
    film = 0.2 * torch.rand(2, 120, 120) ** 2 + 0.5
    flat = equalised(film, torch.full((2,), 100.0), 4)
    assert flat.min() < 0.2  # the darkest grey alone is that frequent
    assert flat.max() == 1
    assert abs(flat.median() - 0.5) < 0.06
    little = equalised(film, torch.full((2,), 1.0), 4)  # no grey may be more frequent than the mean: nothing changes
    assert (little - film).abs().mean() < 0.06


def test_as_many_films_as_asked_for_are_equalised():
    torch.manual_seed(0)
    film, _ = varied(torch.rand(8, 1, 64, 64) * 0.1, torch.zeros(8, 1, 2), equalise=0.5)
    assert film.shape == (8, 1, 64, 64)
    assert (film >= 0).all()
    assert (film <= 1.001).all()
