"""What the target cannot hold is said in whole sentences."""

from __future__ import annotations

import pytest

from connectors.database import Beyond, Limit
from connectors.names import TableName
from connectors.schema import Column, Kind
from engine.beyond import issue_of


@pytest.mark.parametrize("beyond", Beyond)
def test_one_value_is_and_several_values_are(beyond: Beyond) -> None:
    column = Column("c", "date", Kind.DATE)
    one, several = (issue_of(TableName("t"), column, column, Limit(beyond), count).message for count in (1, 2000))
    assert one.startswith(("1 value is ", "1 value holds "))
    assert several.startswith(("2,000 values are ", "2,000 values hold "))
