"""What a segmentation, of customers or of accounts in cohorts, knows of other dates than its own: past and next."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ..core.recipe import Recipe
from .frames import Kind, to_frame
from .steps import Book

if TYPE_CHECKING:
    from .. import charts
    from ..movement import Forecast, Lifetimes, Movement, RuleMovement
    from .segmentation import Segmentation


class OverTime(ABC):
    """Movement and forecast of a segmentation of *book*, each computed when first asked for."""

    recipe: Recipe
    book: Book
    kind: Kind

    @property
    @abstractmethod
    def parts(self) -> dict[str, Segmentation]:
        """Cohort to its segmentation; the only one has no name."""

    @cached_property
    def movement(self) -> Movement:
        """Who was in which segment as of past dates, and who moved: as ``recipe.snapshots`` says, else monthly for a
        year. Raises RecipeError for a source without dated events.
        """
        from ..movement import movement_of
        from .history import history_of

        return movement_of(history_of(self.recipe, self.book, self.parts))

    @cached_property
    def rule_movement(self) -> RuleMovement | None:
        """The same of the segments that the recipe's rules declare; None without rules."""
        from ..movement import rule_movement_of

        rulebook = self.book.rulebook
        return None if rulebook is None else rule_movement_of(self.movement.history, rulebook, self.book.engine)

    @cached_property
    def forecasts(self) -> tuple[Forecast, ...]:
        """Where customers will be on the next dates, as ``recipe.forecast`` says, else on one. Raises DataError for a
        history of too few dates.
        """
        from .history import forecasts_of

        return forecasts_of(self.recipe, self.movement.history)

    @property
    def forecast(self) -> Forecast:
        """Where customers will be on the next date."""
        return self.forecasts[0]

    @cached_property
    def lifetimes(self) -> Lifetimes | None:
        """Who is still a customer and how many purchases to expect until the date of the forecast; None where the
        purchases do not tell.
        """
        from .history import lifetimes_of

        return lifetimes_of(self.recipe, self.forecast)

    @property
    def moves(self) -> Any:
        """One row per customer and move: when, from where to where, and why."""
        from ..movement import move_columns

        return to_frame(move_columns(self.movement.steps, self.movement.history.names), self.kind)

    def charts_over_time(self) -> dict[str, charts.Chart]:
        """Return the charts on movement and forecast by name, as far as the recipe asks for these."""
        from .. import charts

        segments = [part.profiles for part in self.parts.values()]
        drawn: dict[str, charts.Chart] = {}
        if self.recipe.snapshots is not None:
            drawn |= charts.build_movement_charts(self.movement, segments)
            if self.rule_movement is not None:
                drawn |= charts.build_rule_movement_charts(self.rule_movement.movement)
        if self.recipe.forecast is not None:
            drawn |= charts.build_forecast_charts(self.forecast, segments)
        return drawn
