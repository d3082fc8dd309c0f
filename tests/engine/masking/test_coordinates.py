"""Places move within their disc, or to the middle of their cell, anywhere on earth."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from connectors.schema import Column, Kind
from engine.masking.base import MaskError
from tests.engine.masking.one_column import KEY, OTHER_KEY, codes, subject
from tests.engine.masking.whole_column import FLOAT, TEXT, mask_column, mask_table

ROLES = ("latitude", "longitude")
FINE = Column("c", "decimal(9,6)", Kind.DECIMAL, precision=9, scale=6)
POINT = Column("c", "point", Kind.OTHER)


def _metres(a: tuple[float, float], b: tuple[float, float]) -> float:
    """The haversine formula: another way than the one that is tested."""
    (lat, lon), (lat_, lon_) = ((math.radians(x) for x in place) for place in (a, b))
    half = math.sin((lat_ - lat) / 2) ** 2 + math.cos(lat) * math.cos(lat_) * math.sin((lon_ - lon) / 2) ** 2
    return 2 * 6_371_008.8 * math.asin(math.sqrt(min(1.0, half)))


def _moved(
    places: list[tuple[float, float]], options: dict[str, Any], name: str = "coordinates", **more: Any
) -> list[Any]:
    columns = list(zip(*places, strict=True))
    masked = mask_table(name, [(FLOAT, columns[0]), (FLOAT, columns[1])], options, roles=ROLES, **more)
    return list(zip(*masked, strict=True))


@settings(deadline=None, max_examples=60)
@given(
    places=st.lists(st.tuples(st.floats(-90, 90), st.floats(-180, 180)), min_size=1, max_size=6),
    metres=st.sampled_from([10, 1000, 50_000, 1_000_000]),
)
@example(places=[(90.0, 0.0), (-90.0, 12.0), (89.9999, 179.9999), (0.0, 180.0), (0.0, -180.0)], metres=1000)
def test_no_place_leaves_its_disc_or_the_earth(places: list[tuple[float, float]], metres: int) -> None:
    """At the poles and across the 180th meridian too; the sixth digit after the point is 0.11 m."""
    for before, after in zip(places, _moved(places, {"metres": metres}), strict=True):
        assert _metres(before, after) <= metres + 0.11
        assert -90 <= after[0] <= 90
        assert -180 <= after[1] <= 180


def test_every_part_of_the_disc_is_as_likely_as_the_next() -> None:
    """A quarter of the places lies within half of the radius, half of them east (six standard deviations are 0.06)."""
    places = [(45 + n / 1000, 9.0) for n in range(2000)]
    moved = _moved(places, {"metres": 500})
    near = sum(_metres(a, b) < 250 for a, b in zip(places, moved, strict=True))
    east = sum(b[1] > a[1] for a, b in zip(places, moved, strict=True))
    assert abs(near / 2000 - 0.25) < 0.06
    assert abs(east / 2000 - 0.5) < 0.07


def test_equal_places_move_alike_and_those_of_a_person_by_the_same_way() -> None:
    places = [(45.0, 9.0), (45.0, 9.0), (45.1, 9.0)]
    moved = _moved(places, {})
    assert moved[0] == moved[1] != moved[2]
    assert moved != _moved(places, {}, key=OTHER_KEY)
    by = _moved(places, {}, by=pa.array([1, 2, 1]), by_key=KEY.domain("person"))
    assert by[0] != by[1]
    assert by[0][0] - 45.0 == pytest.approx(by[2][0] - 45.1, abs=2e-5)


@settings(deadline=None, max_examples=50)
@given(place=st.tuples(st.floats(-90, 90), st.floats(-180, 180)), precision=st.integers(1, 8))
def test_the_middle_of_a_cell_is_that_of_all_its_places(place: tuple[float, float], precision: int) -> None:
    """No farther than half a cell, and it is its own middle."""
    [middle] = _moved([place], {"precision": precision}, "coordinates_cell")
    bits = 5 * precision
    assert abs(middle[0] - place[0]) <= 90 / (1 << bits // 2) + 1e-6
    longitude = (place[1] + 180) % 360 - 180
    assert abs(middle[1] - longitude) <= 180 / (1 << (bits - bits // 2)) + 1e-6
    assert _moved([middle], {"precision": precision}, "coordinates_cell") == [middle]


def test_a_known_geohash() -> None:
    """ezs42 is the cell around 42.605, -5.603 (the example of the format's own page)."""
    assert _moved([(42.61, -5.61)], {"precision": 5}, "coordinates_cell") == [(42.604980, -5.603027)]


def test_texts_and_points_keep_their_form() -> None:
    """With brackets longitude comes first; decimals keep their scale; NULL and blanks stay."""
    moved = mask_column("coordinates", TEXT, ["41.9, 12.5", "POINT(12.5 41.9)", "(12.5,41.9)", " ", None])
    assert moved[3:] == [" ", None]
    latitude, longitude = moved[0].split(", ")
    assert moved[1] == f"POINT({longitude} {latitude})"
    assert moved[2] == f"({longitude},{latitude})"
    assert _metres((41.9, 12.5), (float(latitude), float(longitude))) <= 1000.2
    assert mask_column("coordinates", POINT, ["(12.5,41.9)"]) == [moved[2]]
    both = mask_table(
        "coordinates", [(FINE, [Decimal("41.9"), None]), (FINE, [Decimal("12.5"), Decimal(3)])], roles=ROLES
    )
    assert both[0] == [Decimal(latitude), None]
    assert both[1][0] == Decimal(longitude)
    assert both[1][1] != 3


@pytest.mark.parametrize("text", ["Rome", "41.9", "91.5, 12.0", "12;34;56"])
def test_what_is_no_place_ends_the_run_without_being_quoted(text: str) -> None:
    with pytest.raises(MaskError) as refused:
        mask_column("coordinates", TEXT, [text])
    assert text not in str(refused.value)


def test_columns_that_hold_no_place_or_too_coarse_ones_are_refused() -> None:
    assert codes("coordinates", subject(Kind.FLOAT)) == ["mask-roles"]
    assert codes("coordinates", subject(Kind.OTHER)) == ["mask-kind"]
    coarse = subject(Kind.DECIMAL, precision=5, scale=2, role="latitude")
    assert codes("coordinates", coarse) == codes("coordinates_cell", coarse, {"precision": 7}) == ["coordinates-scale"]
    assert codes("coordinates", coarse, {"metres": 5000}) == codes("coordinates_cell", coarse) == []
