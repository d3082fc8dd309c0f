"""Random schemas by number, the same in every process."""

from __future__ import annotations

from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.fuzz.shapes import Shape, shapes


def drawn(dialect: str, number: int) -> Shape:
    """The random schema of that number: the same one in every process."""
    found: list[Shape] = []

    # Hypothesis begins with the simplest examples, so the last of a few is the random one.
    @seed(number)
    @settings(
        max_examples=6, phases=[Phase.generate], database=None, deadline=None, suppress_health_check=list(HealthCheck)
    )
    @given(shapes(dialect))
    def draw(shape: Shape) -> None:
        found.append(shape)

    draw()
    return found[-1]
