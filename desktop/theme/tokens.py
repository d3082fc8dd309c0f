"""Colours by what they mean, in three sets. Plain data: the contrast of every pair that meets on the screen is tested."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Tone(StrEnum):
    """What a badge, a cell or a banner says; always together with a word and a sign, never by colour alone."""

    PLAIN = "plain"
    ACCENT = "accent"
    GOOD = "good"
    CAUTION = "caution"
    BAD = "bad"


SIGNS = {Tone.PLAIN: "", Tone.ACCENT: "•", Tone.GOOD: "✓", Tone.CAUTION: "!", Tone.BAD: "✕"}
"""Before the word, for who does not see the colour."""


@dataclass(frozen=True, slots=True)
class Tokens:
    dark: bool
    background: str
    panel: str
    line: str
    text: str
    secondary: str
    accent: str
    on_accent: str
    """Text upon the accent."""
    good: str
    caution: str
    bad: str
    selection: str
    good_soft: str
    """Behind text of that tone."""
    caution_soft: str
    bad_soft: str
    focus: str
    """The ring around what the keyboard is on."""

    def ink(self, tone: Tone) -> str:
        """The colour of text of this tone."""
        return {
            Tone.PLAIN: self.secondary, Tone.ACCENT: self.accent, Tone.GOOD: self.good, Tone.CAUTION: self.caution,
            Tone.BAD: self.bad,
        }[tone]  # fmt: skip

    def soft(self, tone: Tone) -> str:
        """The colour behind it."""
        return {
            Tone.PLAIN: self.background, Tone.ACCENT: self.selection, Tone.GOOD: self.good_soft,
            Tone.CAUTION: self.caution_soft, Tone.BAD: self.bad_soft,
        }[tone]  # fmt: skip


LIGHT = Tokens(
    dark=False, background="#F6F7F9", panel="#FFFFFF", line="#E1E5EA", text="#1B2430", secondary="#566272",
    accent="#1A66DB", on_accent="#FFFFFF", good="#17703F", caution="#855800", bad="#B8332A", selection="#E7F0FE",
    good_soft="#E2F3E9", caution_soft="#FFF1D0", bad_soft="#FDE7E5", focus="#1A66DB",
)  # fmt: skip
DARK = Tokens(
    dark=True, background="#14181F", panel="#1C222B", line="#2E3743", text="#E6EAF0", secondary="#A3B0BF",
    accent="#6CA8FF", on_accent="#0B1420", good="#5BD08D", caution="#E3B341", bad="#FF8D85", selection="#22344F",
    good_soft="#17332A", caution_soft="#3A2E12", bad_soft="#40201F", focus="#8FBCFF",
)  # fmt: skip
CONTRAST = Tokens(
    dark=True, background="#000000", panel="#000000", line="#FFFFFF", text="#FFFFFF", secondary="#FFFFFF",
    accent="#FFD400", on_accent="#000000", good="#5CFF8F", caution="#FFD400", bad="#FF9C94", selection="#1F3A6B",
    good_soft="#000000", caution_soft="#000000", bad_soft="#000000", focus="#FFD400",
)  # fmt: skip


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, 1 to 21 (WCAG 2.2, definition of contrast ratio)."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
