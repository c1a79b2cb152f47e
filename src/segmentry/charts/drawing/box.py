"""How far a drawing reaches: a box that grows with everything drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass
class Box:
    """Left, top, right and bottom edge in pixels; y grows downwards."""

    left: float = 0.0
    top: float = 0.0
    right: float = 0.0
    bottom: float = 0.0

    def reach(self, left: float, top: float, right: float, bottom: float) -> None:
        """Grow to hold the rectangle given by its edges."""
        self.left, self.top = min(self.left, left), min(self.top, top)
        self.right, self.bottom = max(self.right, right), max(self.bottom, bottom)

    def hold(self, other: Box, x: float = 0.0, y: float = 0.0) -> None:
        """Grow to hold *other*, moved by (x, y)."""
        self.reach(other.left + x, other.top + y, other.right + x, other.bottom + y)

    def hold_all(self, xs: Sequence[float], ys: Sequence[float], around: float = 0.0) -> None:
        """Grow to hold the points (xs, ys) with a margin of *around*."""
        if xs and ys:
            self.reach(min(xs) - around, min(ys) - around, max(xs) + around, max(ys) + around)

    def touches(self, other: Box) -> bool:
        """Return whether the two overlap."""
        across = max(self.left - other.right, other.left - self.right)
        return max(across, self.top - other.bottom, other.top - self.bottom) < 0
