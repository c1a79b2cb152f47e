"""Patterns of codes: ``555``, ``5[45]``, ``[1-2][3-4]``; with more than nine levels, dots between: ``12.[1-3,10]``."""

from __future__ import annotations

import math
import re
from itertools import product

from ..core.errors import RecipeError

MOST_CODES = 100_000  # of a map, and of a pattern
MOST_LEVELS = 99
PART = re.compile(r"\[(\d(?:-\d|\d)*)\]|(\d)")
DOTTED = re.compile(r"\[(\d{1,2}(?:-\d{1,2})?(?:, ?\d{1,2}(?:-\d{1,2})?)*)\]|(\d{1,2})")


def levels_of(pattern: str, *, dotted: bool = False) -> list[list[int]]:
    """Return the levels that *pattern* allows for each measure. Raises RecipeError for what is no pattern.

    >>> levels_of("5[1-3]"), levels_of("12.[1-2,9]", dotted=True)
    ([[5], [1, 2, 3]], [[12], [1, 2, 9]])
    """
    parts, end = [], 0
    for place, found in enumerate((DOTTED if dotted else PART).finditer(pattern)):
        between = "." if dotted and place else ""
        if pattern[end : found.start()] != between:
            break
        parts.append(_listed(found[1], dotted=dotted) if found[1] else [int(found[2])])
        end = found.end()
    if end != len(pattern) or not parts or not all(parts):
        examples = "12.3, 12.[1-3], [1-2].[3,10]" if dotted else "555, 5[45], [1-2][3-4]"
        raise RecipeError(f"{pattern[:80]!r} is no pattern of codes.", possible=f"Examples: {examples}.")
    return parts


def _listed(text: str, *, dotted: bool) -> list[int]:
    single = r"\d+" if dotted else r"\d"
    ranges = re.findall(rf"({single})-({single})|({single})", text)
    return [level for low, high, one in ranges for level in range(int(low or one), int(high or one) + 1)]


def expand(pattern: str, *, dotted: bool = False) -> list[str]:
    """Return the codes that *pattern* stands for. Raises RecipeError for what is no pattern, or too many codes.

    >>> expand("5[45]"), expand("[1-2]3"), expand("10.[1-2]", dotted=True)
    (['54', '55'], ['13', '23'], ['10.1', '10.2'])
    """
    parts = levels_of(pattern, dotted=dotted)
    if math.prod(map(len, parts)) > MOST_CODES:
        raise RecipeError(
            f"{pattern[:80]!r} stands for more than {MOST_CODES:,} codes.", action="Score fewer measures."
        )
    return [written(levels, dotted=dotted) for levels in product(*parts)]


def written(levels: tuple[int, ...], *, dotted: bool) -> str:
    """Return *levels* side by side as one code.

    >>> written((5, 4), dotted=False), written((12, 4), dotted=True)
    ('54', '12.4')
    """
    return ("." if dotted else "").join(map(str, levels))
