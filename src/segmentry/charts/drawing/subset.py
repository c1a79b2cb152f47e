"""What is drawn and what is refused: a key or value outside the subset stops the drawing and is named."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

Spec = dict[str, Any]
Record = Mapping[str, Any]


class Unsupported(NotImplementedError):
    """A specification asks for something that ``charts.drawing`` does not draw; says where, what, and what is known."""

    def __init__(self, where: str, key: str, value: object, known: Collection[object] = ()) -> None:
        shown = repr(value)
        shown = shown if len(shown) <= 80 else f"{shown[:79]}…"
        choices = f" Known here: {', '.join(sorted(str(one) for one in known))}." if known else ""
        super().__init__(f"{where}: {key} = {shown} is not drawn by segmentry.charts.drawing.{choices}")


def only(part: Mapping[str, Any], known: Collection[str], where: str) -> None:
    """Raise Unsupported for the first key of *part* that is not *known*.

    >>> only({"clip": True}, {"type"}, "mark")
    Traceback (most recent call last):
    segmentry.charts.drawing.subset.Unsupported: mark: clip = True is not drawn by segmentry.charts.drawing. \
Known here: type.
    """
    for key, value in part.items():
        if key not in known:
            raise Unsupported(where, key, value, known)


def one_of(part: Mapping[str, Any], key: str, choices: Collection[Any], where: str) -> Any:
    """Return ``part[key]``, which must be one of *choices*; the first of them where the key is absent."""
    value = part.get(key, next(iter(choices)))
    # True is not 1 here: Vega-Lite tells them apart.
    if not any(value is choice or (value == choice and type(value) is type(choice)) for choice in choices):
        raise Unsupported(where, key, value, choices)
    return value
