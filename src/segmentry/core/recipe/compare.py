"""The part of a recipe on comparing the segments that are declared with those that are found."""

from __future__ import annotations

from .section import Section


class Compare(Section):
    """How found segments and rules are compared; only where there are rules."""

    money: str | None = None
    """Feature that counts the money at stake; without it, nav of accounts, monetary of all others."""
