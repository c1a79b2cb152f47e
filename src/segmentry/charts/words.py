"""Words in charts: names broken into lines, characters that can be drawn, numbers that a specification can carry."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Sequence
from typing import Any

from .drawing import Expression

WIDER = 1.22  # how much wider than the font that is measured the reader's system font may be


def drawable(text: str) -> str:
    r"""Return *text* without the characters that neither XML nor a drawing can hold.

    >>> drawable("a\x00b\ud800")
    'ab'
    """
    return re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]", "", text)


def wrapped(text: str, width: int, lines: int = 4) -> list[str]:
    """Return *text* in at most *lines* lines of *width* characters; what does not fit ends in an ellipsis.

    >>> wrapped("Cannot lose them at any price", 12)
    ['Cannot lose', 'them at any', 'price']
    """
    parts = textwrap.wrap(text, width, break_long_words=True, max_lines=lines, placeholder=" …")
    return parts or [""]


def wrapped_names(names: Sequence[str], width: int, lines: int = 3) -> list[str]:
    r"""Return each of *names* broken into lines, joined by line feeds; names stay different from one another.

    >>> wrapped_names(["Champions", "Potential Loyalists"], 12)
    ['Champions', 'Potential\nLoyalists']
    """
    labels: list[str] = []
    for position, name in enumerate(names):
        label = "\n".join(wrapped(name, width, lines))
        labels.append(label if label not in labels else f"{label} ({position + 1})")
    return labels


def labels_split(labels: Sequence[str]) -> Expression:
    """Return the rule that shows axis label *i* (data value 0, 1, …) as the lines of ``labels[i]``."""
    return _looked_up([label.split("\n") for label in labels])


def labels_lifted(labels: Sequence[str]) -> dict[str, Expression]:
    """Return the offset that centres axis label *i* on its tick: lines hang from the first one, 14.5 pixels apart."""
    return {"expr": _looked_up([-7.25 * label.count("\n") for label in labels])}


def _looked_up(entries: list[Any]) -> Expression:
    return Expression(f"{json.dumps(entries)}[datum.value]", entries.__getitem__)


def finite(value: float, digits: int = 6) -> float | None:
    """Return *value* to so many significant digits, None where it is not a number: what a specification can carry."""
    number = float(f"{value:.{digits}g}")
    return number if abs(number) < float("inf") else None
