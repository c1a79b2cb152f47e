"""The chapter on what comes next, as a dictionary; nothing in a run without a forecast."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..charts.movement_charts import MODELS
from ..core import display

if TYPE_CHECKING:  # a run without a forecast imports none of it
    from ..movement.forecast import Forecast
    from ..movement.lifetimes import Lifetimes

Part = dict[str, Any]

LISTED = 15  # customers worth saving in the report; the file has a hundred


def what_comes_next(found: Forecast | None, expected: Lifetimes | None) -> Part | None:
    """Return what the chapter says: the model and why, expected sizes, the backtest, and whom to save."""
    if found is None:
        return None
    names = found.history.names
    return {
        "note": f"Where the {display.counted(len(found.ids))} of today will be on {found.date}, without those who come "
        "new. The files forecast.parquet, forecast.csv and worth_saving.csv have all of it.",
        "statements": _statements(found, expected),
        "backtest": _backtest(found),
        "saving": {
            "heads": ["Customer", "Segment", "Likely next", "Risk of leaving", "Spent so far", "Value at risk"],
            "rows": [
                [
                    row.customer_id,
                    names[row.segment],
                    names.get(row.next_segment, "(no customer)"),
                    display.share(row.risk),
                    display.number(row.money, "money"),
                    display.number(row.value_at_risk, "money"),
                ]
                for row in found.worth_saving(LISTED)
            ],
        },
    }


def _statements(found: Forecast, expected: Lifetimes | None) -> list[Part]:
    said = [("Which model?", found.why)]
    if found.backtest is not None:
        gap = max((abs(one.gap) for one in found.backtest.calibration[found.model]), default=0.0)
        said.append(
            (
                "Are the probabilities right?",
                f"By tenths of predicted probability, what happened was at most {100 * gap:.1f} percentage points off.",
            )
        )
    at_risk = [row.value_at_risk for row in found.worth_saving(len(found.ids))]
    if sum(at_risk) > 0:
        valuable = ", ".join(found.history.names[label] for label in found.valuable)
        text = (
            f"{display.number(sum(at_risk), 'money')} are at risk of leaving {valuable}: what customers spent so far, "
            "times the probability that each is elsewhere by then. The first 100 of them hold "
            f"{display.share(sum(at_risk[:100]) / sum(at_risk))} of it."
        )
        said.append(("Who is worth saving?", text))
    if expected is not None:
        text = (
            f"About {display.count(float(np.nansum(expected.purchase_days)))} days with a purchase are to be expected "
            f"of them in the next {expected.ahead} days (BG/NBD). The probability of being alive, in the file, puts "
            "customers in order; it is no chance of return."
        )
        said.append(("How many purchases?", text))
    return [{"about": about, "text": text} for about, text in said]


def _backtest(found: Forecast) -> Part | None:
    if found.backtest is None:
        return None
    heads = ["Model", "Log loss", "Brier score", "Right", "Sizes off by", "Better by (95 %)"]
    margins = {one.against: f"{-one.mean:.3f} ({-one.high:.3f} to {-one.low:.3f})" for one in found.backtest.margins}
    rows = [
        [
            MODELS[name],
            f"{score.log_loss:.3f}",
            f"{score.brier:.3f}",
            display.share(score.accuracy),
            display.share(score.size_error),
            margins.get(name, display.MISSING),
        ]
        for name, score in found.backtest.overall.items()
    ]
    chosen = list(found.backtest.overall).index(found.model)
    return {"heads": heads, "rows": rows, "chosen": chosen}
