"""Shares in words."""

from __future__ import annotations


def percent(share: float) -> str:
    """`98 %`; what is not all is never `100 %`, and what is not nothing never `0 %`."""
    if 0 < share < 0.01:
        return "< 1 %"
    return "> 99 %" if 0.995 <= share < 1 else f"{share:.0%}".replace("%", " %")
