"""What a listener is told of reading and cleaning, whoever does it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ..core import display
from ..core.progress import Progress

if TYPE_CHECKING:
    from .. import clean, movement, sources
    from ..runs import Decision
    from .predecessor import RunBefore


def tell_reading(where: str, facts: sources.Facts, progress: Progress) -> None:
    """Tell the listener what was read, which column plays which role, and what was assumed."""
    progress.step(f"Reading {where}", f"{display.count(facts.rows)} rows · {facts.description}")
    progress.step("", " · ".join(f"{role} {column}" for role, column in facts.roles.items()))
    tell_assumptions(facts.assumptions, progress)


def tell_assumptions(assumptions: Iterable[sources.Assumption], progress: Progress) -> None:
    """Tell the listener what was assumed, and how to change it."""
    for assumption in assumptions:
        progress.step("", f"assumed: {assumption.text} (to change it: {assumption.change})")


def tell_ledger(ledger: clean.Ledger, progress: Progress) -> None:
    """Tell the listener what cleaning kept and what it set aside; of a customer table only where it set rows aside."""
    kept, total = ledger.kept, ledger.total
    rows = f"{display.count(kept.rows)} rows kept ({display.share(kept.rows / max(total.rows, 1))})"
    money = f", {display.money(float(kept.money))} of {display.money(float(total.money))}"
    if ledger.set_aside or not ledger.is_of_customers:
        progress.step("Cleaning", rows + ("" if ledger.is_of_customers else money))
    if ledger.set_aside:
        aside = " · ".join(f"{line.reason} {display.count(line.rows)}" for line in ledger.set_aside)
        progress.step("", f"{aside}   (each row set aside is in rejected.parquet)")


def tell_movement(moved: movement.Movement, by_rules: movement.RuleMovement | None, progress: Progress) -> None:
    """Tell the listener as of which dates segments are known, and what happened last; *by_rules*, too."""
    from ..movement import headline

    dates = moved.history.dates
    progress.step("Movement", f"{len(dates)} snapshots, one per {moved.history.every}, {dates[0]} to {dates[-1]}")
    progress.step("", headline(moved.steps[-1], moved.history.names))
    if by_rules is not None:
        declared = by_rules.movement
        progress.step("", f"By {by_rules.by}: {headline(declared.steps[-1], declared.history.names)}")


def tell_decision(before: RunBefore, decision: Decision, progress: Progress) -> None:
    """Tell the listener what happens to the model of the run *before*, and why."""
    done = "groups are found anew" if decision.action == "refit" else f"the model of {before.fitted_in} is kept"
    doubts = ", with doubts" if decision.action == "warn" else ""
    progress.step("Refresh", f"after {before.run.run_id}: {done}{doubts}")
    for reason in decision.reasons:
        progress.step("", reason)
