"""The kinds of domains, one a file: what a column's values are as codes, and what codes are as values."""

from __future__ import annotations

from engine.synthesis.domains.bins import Bins
from engine.synthesis.domains.categories import Categories
from engine.synthesis.domains.integers import Integers
from engine.synthesis.domains.json_paths import Json
from engine.synthesis.domains.keys import Keys
from engine.synthesis.domains.moments import Moments
from engine.synthesis.domains.timeline import After, Siblings

Alone = Categories | Integers | Bins | Moments | Json
"""Of one column by itself."""
Coding = Alone | Keys | Siblings | After
"""Of one column by itself, of several at once, or of a moment measured from another."""
