"""What a comparison says, in sentences: the same on the terminal and in the report."""

from __future__ import annotations

from collections.abc import Sequence

from ..core import display
from ..rules.syntax import number_text
from .bench import Move
from .comparison import Comparison


def agreement_in_words(found: Comparison) -> str:
    """Return how far found and declared segments agree, and for whom they are compatible."""
    if not found.compared:
        return "No customer has both a found and a declared segment: there is nothing to compare."
    measured = found.agreement
    return (
        f"Found segments and rules {measured.in_words} (adjusted Rand {measured.adjusted_rand:.2f}, adjusted mutual "
        f"information {measured.adjusted_mutual_information:.2f}); they are compatible for "
        f"{display.share(found.compatible_share)} of {display.counted(found.compared)}."
    )


def misplaced_in_words(found: Comparison) -> str:
    """Return how many customers the rules misplace, and with how much money."""
    number = len(found.mismatches)
    if not number:
        return "The rules misplace nobody."
    money = f", with {display.number(found.mismatches.total)} at stake" if found.money else ""
    share = display.share(number / found.compared)
    return f"The rules misplace {display.counted(number)} ({share}){money}."


def edit_in_words(found: Comparison) -> str:
    """Return the smallest edit of the rules and what it comes to, or why there is none."""
    proposal = found.proposal
    if proposal is None:
        return found.no_proposal
    moves, about = moves_in_words(proposal.moves), proposal.about
    before, after = proposal.customers_before, proposal.customers_after
    # "Most" is meant literally: of the money, or of the customers where there is no money.
    weak = proposal.money_after > proposal.money_before / 2 if proposal.money_before else after > before / 2
    opening = f"Over {about}, {moves}" if about else moves
    if weak:
        best = f"The best move over {about}" if about else "The best move"
        opening = f"No one or two thresholds put most of it right. {best}, {moves},"
    sums = f" ({display.number(proposal.money_after)} of {display.number(proposal.money_before)})"
    return (
        f"{opening} leaves {display.count(after)} of the {display.count(before)} misplaced{sums * bool(found.money)} "
        f"and gives {display.counted(proposal.changed)} another segment."
    )


def moves_in_words(moves: Sequence[Move]) -> str:
    """Return moves as people say them.

    >>> moves_in_words([Move("Gold", "nav", ">=", 14000, 10000), Move("Gold", "trades", ">=", 5, 3)])
    'Gold with nav >= 10000 instead of 14000 and trades >= 3 instead of 5'
    """
    said, last = [], None
    for move in moves:
        change = f"{move.column} {move.operator} {number_text(move.after)} instead of {number_text(move.before)}"
        said.append(change if move.segment == last else f"{move.segment} with {change}")
        last = move.segment
    return " and ".join(said)
