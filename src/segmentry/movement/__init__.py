"""*Stage 8: movement.* Reads who was in which segment, and what customers had done, as of past dates; writes who moved
where, why, and who is likely to move next. Next: ``charts``, ``report``.
"""

from .alive import Alive, fit_alive
from .backtest import Backtest, Margin, Score
from .balances import Balance, balances
from .causes import CAUSES, WORDS, causes, main_causes
from .dates import period, snapshot_dates
from .declared import RuleMovement, rule_movement_of
from .expected import Expected
from .forecast import AtRisk, Forecast, forecasts
from .forecast_tables import expected_columns, forecast_columns, saving_columns
from .history import ABSENT, History, Snapshot
from .lifetimes import Lifetimes, lifetimes
from .metrics import Calibration
from .sentences import Leaving, headline, leaving_in_words, leavings
from .tables import history_columns, move_columns, movement_columns, namer
from .transitions import Movement, Stay, Step, Transition, movement_of, rates, transitions_of

__all__ = [
    "ABSENT",
    "CAUSES",
    "WORDS",
    "Alive",
    "AtRisk",
    "Backtest",
    "Balance",
    "Calibration",
    "Expected",
    "Forecast",
    "History",
    "Leaving",
    "Lifetimes",
    "Margin",
    "Movement",
    "RuleMovement",
    "Score",
    "Snapshot",
    "Stay",
    "Step",
    "Transition",
    "balances",
    "causes",
    "expected_columns",
    "fit_alive",
    "forecast_columns",
    "forecasts",
    "headline",
    "history_columns",
    "leaving_in_words",
    "leavings",
    "lifetimes",
    "main_causes",
    "move_columns",
    "movement_columns",
    "movement_of",
    "namer",
    "period",
    "rates",
    "rule_movement_of",
    "saving_columns",
    "snapshot_dates",
    "transitions_of",
]
