"""What the report says of other dates than the run's own: who moved, and what comes next; nothing without snapshots."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .findings import lately
from .forecast import what_comes_next
from .movement import who_moved
from .since import Since

if TYPE_CHECKING:  # a run without snapshots imports none of it
    from ..movement.declared import RuleMovement
    from ..movement.forecast import Forecast
    from ..movement.lifetimes import Lifetimes
    from ..movement.transitions import Movement


@dataclass(frozen=True)
class OverTime:
    """What is known of other dates: moves between the segments that were found, and those that rules declare; where
    customers will be, and what to expect of them.
    """

    movement: Movement | None = None
    by_rules: RuleMovement | None = None
    forecast: Forecast | None = None
    lifetimes: Lifetimes | None = None


NOTHING = OverTime()


def other_dates(found: OverTime) -> dict[str, Any]:
    """Return the chapters on who moved and on what comes next."""
    return {
        "movement": who_moved(found.movement, found.by_rules),
        "forecast": None if found.forecast is None else what_comes_next(found.forecast, found.lifetimes),
    }


def what_moved(found: OverTime, since: Since | None) -> list[dict[str, Any]]:
    """Return the finding on who moved since the run before, or in the last period of the history."""
    if since is not None:
        return [lately(since.step, since.names)]
    return [] if found.movement is None else [lately(found.movement.steps[-1], found.movement.history.names)]
