"""The style sheet: every length is a share of the text's size, so that it grows with it."""

from __future__ import annotations

from pathlib import Path
from string import Template

from desktop.theme.tokens import Tokens, Tone

_SHEET, _TONE = (Template((Path(__file__).parent / name).read_text("utf-8")) for name in ("sheet.css", "tone.css"))


def style_sheet(tokens: Tokens, points: int) -> str:
    """For these colours and this size of text in points."""
    # At 96 dots per inch a point is 4/3 of a pixel; Qt scales pixels with the screen.
    em = points * 4 / 3
    lengths = {"h": em / 8, "s": em / 4, "r": em / 2.2, "m": em / 1.6, "l": em, "e": em * 2, "o": em / 2}
    whole = {name: max(1, round(length)) for name, length in lengths.items()}
    sizes = {"title": round(points * 1.5), "section": round(points * 1.1), "figure": round(points * 1.8)}
    colours = {name: getattr(tokens, name) for name in Tokens.__slots__}
    sheet = _SHEET.substitute(
        colours, **whole, **sizes, **_arrows(), tick=_file("tick_dark" if tokens.dark else "tick")
    )
    for tone in Tone:
        edge = tokens.line if tone is Tone.PLAIN else tokens.ink(tone)
        sheet += _TONE.substitute(whole, name=tone.value, ink=tokens.ink(tone), soft=tokens.soft(tone), edge=edge)
    return sheet


def _arrows() -> dict[str, str]:
    """The signs of fields that open or step, of one grey that is seen upon every panel."""
    return {name: _file(name) for name in ("arrow", "arrow_up", "arrow_left", "arrow_right")}


def _file(name: str) -> str:
    return (Path(__file__).parent / f"{name}.svg").as_posix()
