"""What rules do to customers, for the terminal: sizes, cut points, conditions, who would move."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core import display
from . import console

if TYPE_CHECKING:
    from ..rules import Report, Scale
    from ..rules.checking import Applied, Moves, Some

MOST = 20  # pairs of segments that are shown; --json has all


def print_report(report: Report, *, frozen_in: str = "") -> None:
    """Print *report* as plain lines; *frozen_in* is the folder of the run whose cut points are kept."""
    console.line("")
    if report.several is not None:
        _conditions(report)
    else:
        _sizes(report)
    if report.scores:
        _scores(report, frozen_in)
    if report.dry_run is not None:
        _dry_run(report.dry_run, report.customers)


def _sizes(report: Report) -> None:
    n = max(report.customers, 1)
    rows = [[name, display.count(size), display.share(size / n)] for name, size in report.declared.sizes().items()]
    console.table([("segment", "left"), ("customers", "right"), ("share", "right")], rows)
    if report.none.customers:
        why = "a measure is missing" if report.scores else "there is no label"
        console.line(f"{_who(report.none)} in no segment: {why}")


def _conditions(report: Report) -> None:
    rows = [
        [one.segment, display.count(one.holds), display.count(one.takes), one.when or "everyone else"]
        for one in report.conditions
    ]
    console.table([("segment", "left"), ("holds for", "right"), ("takes", "right"), ("when", "left")], rows)
    console.line("")
    if report.none.customers:
        console.line(f"{_who(report.none)} in no segment: no condition holds")
    else:
        console.line("Every customer is in a segment.")
    for one in report.conditions:
        if not one.takes:
            console.line(_idle(one))
    if report.several is not None and report.several.customers:
        console.line(f"{_who(report.several)} under several conditions; the first decides:")
    ranked = sorted(report.overlaps, key=lambda overlap: -overlap.both.customers)
    for overlap in ranked[:MOST]:
        console.line(f"  {overlap.first} and {overlap.second}: {_who(overlap.both)}")
    if len(ranked) > MOST:
        console.line(f"  and {len(ranked) - MOST} more pairs (all of them: --json)")


def _idle(one: Applied) -> str:
    if not one.holds:
        nobody = "nobody is left for it" if one.when is None else "its condition holds for nobody"
        return f"{one.segment!r} has no customers: {nobody}."
    earlier = ", ".join(f"{name} {count:,}" for name, count in one.taken_by.items())
    return f"{one.segment!r} never applies: earlier conditions take all its customers ({earlier})."


def _scores(report: Report, frozen_in: str) -> None:
    console.line("")
    where = {
        "floating": "cut points computed from these customers",
        "given": "cut points given in the recipe",
        "frozen": f"cut points kept from {frozen_in}",
    }
    for one in report.scores:
        console.line(f"{one.scale.measure}: {where[one.scale.origin]}")
        console.line(f"  {_levels(one.scale, one.customers)}")
        if one.missing:
            console.line(f"  {one.missing:,} customers have no value")
        if one.scale.note:
            console.line(f"  {one.scale.note}{one.scale.advice}")


def _levels(scale: Scale, customers: tuple[int, ...]) -> str:
    """Return each level with the value it begins at and its customers: ``1: 20 · 2 from 3: 17``."""
    word = "to" if scale.less_is_better else "from"
    begins = ["", *(f" {word} {cut:,.10g}" if cut is not None else " by no value" for cut in scale.own_cuts)]
    return " · ".join(
        f"{level}{begin}: {size:,}" for level, (begin, size) in enumerate(zip(begins, customers, strict=True), start=1)
    )


def _dry_run(moves: Moves, customers: int) -> None:
    console.line("")
    console.line(
        f"If cut points were recomputed, {moves.moved:,} of {customers:,} customers "
        f"({display.share(moves.moved / max(customers, 1))}) would move, and {moves.rescored:,} would get another code:"
    )
    for scale in moves.scales:
        cuts = ", ".join("none" if cut is None else f"{cut:,.10g}" for cut in scale.own_cuts)
        console.line(f"  {scale.measure}: {cuts}")
    for move in moves.moves[:MOST]:
        console.line(f"  {move.old} → {move.new}: {_who(move.who)}")
    if len(moves.moves) > MOST:
        console.line(f"  and {len(moves.moves) - MOST} more moves (all of them: --json)")


def _who(some: Some) -> str:
    """Return ``12 customers (17850, 13047, 12583 …)``."""
    more = " …" if some.customers > len(some.examples) else ""
    return f"{display.counted(some.customers)} ({', '.join(some.examples)}{more})"
