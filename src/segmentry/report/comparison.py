"""The chapter on rules beside segments, as a dictionary; nothing in a run without rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..core import display

if TYPE_CHECKING:  # a run without rules imports none of it
    from ..compare.comparison import Comparison

Part = dict[str, Any]

LISTED = 15  # misplaced customers in the report; the file has all


def rules_beside_segments(found: Comparison | None) -> Part | None:
    """Return what the chapter says: statements, mapping, misplaced customers, the edit, and segments as conditions."""
    if found is None:
        return None
    return {
        "statements": _statements(found),
        "mapping": _mapping(found),
        "mismatches": _mismatches(found),
        "edit": _edit(found),
        "conditions": _conditions(found),
    }


def _statements(found: Comparison) -> list[Part]:
    from ..compare.sentences import agreement_in_words, edit_in_words, misplaced_in_words

    measured = found.agreement
    ways = (
        f"Homogeneity {measured.homogeneity:.2f}: how far a found segment holds one declared segment only. "
        f"Completeness {measured.completeness:.2f}: how far a declared segment is in one found segment only."
    )
    said = [
        ("Do they agree?", agreement_in_words(found)),
        ("Which way do they differ?", ways),
        ("Whom do the rules misplace?", misplaced_in_words(found)),
        ("What would put most of it right?", edit_in_words(found)),
    ]
    absent = [
        (found.without_rule, "no declared segment"),
        (found.set_apart, "no found segment, for they are unlike all others"),
    ]
    left = ", ".join(f"{display.count(number)} have {what}" for number, what in absent if number)
    if left:
        said.append(("Who is not compared?", f"Of all customers {left}."))
    return [{"about": about, "text": text} for about, text in said]


def _mapping(found: Comparison) -> Part:
    heads = ["Found segment", "Customers", "Mostly, by the rules", "Share", "One to one"]
    rows = [
        [
            line["segment"],
            display.count(line["customers"]),
            line["majority"] or display.MISSING,
            display.share(line["share"]),
            line["one_to_one"] or display.MISSING,
        ]
        for line in found.mapping()
    ]
    return {"heads": heads, "rows": rows}


def _mismatches(found: Comparison) -> Part | None:
    listed = found.mismatches
    if not len(listed):
        return None
    heads = ["Customer", "By the rules", "Behaves like", "Confidence", *["At stake"] * (found.money is not None), "Why"]
    rows = [
        [
            str(listed.ids[place]),
            listed.declared[place],
            listed.pointed[place],
            display.share(float(listed.confidence[place])),
            *[display.number(float(listed.money[place]), "money")] * (found.money is not None),
            listed.reasons[place],
        ]
        for place in range(min(LISTED, len(listed)))
    ]
    whole = display.count(len(listed))
    first = "The first" if found.money is None else "The most valuable"
    note = f"{first} {len(rows)} of {whole}; all are in mismatches.csv." if len(listed) > LISTED else ""
    return {"heads": heads, "rows": rows, "note": note}


def _edit(found: Comparison) -> Part | None:
    from ..rules.compiled import recipe_text

    proposal = found.proposal
    if proposal is None:
        return None
    rows = [
        ["Misplaced customers", display.count(proposal.customers_before), display.count(proposal.customers_after)],
    ]
    if found.money is not None:
        before, after = (display.number(money, "money") for money in (proposal.money_before, proposal.money_after))
        rows.append(["Money at stake", before, after])
    detail = (
        f"{display.count(proposal.resolved)} customers are no longer misplaced, {display.count(proposal.upset)} newly "
        f"are, and {display.count(proposal.changed)} get another segment. All was compared anew with these rules."
    )
    return {
        "heads": ["", "Rules as they are", "Rules as proposed"],
        "rows": rows,
        "detail": detail,
        "recipe": recipe_text(proposal.conditions),
    }


def _conditions(found: Comparison) -> Part | None:
    compiled = found.compiled
    if not compiled.texts:
        return None
    heads = ["Found segment", "Condition", "Precision", "Recall"]
    rows = [
        [
            name,
            compiled.texts.get(name, display.MISSING),
            _share(compiled.precision[place]),
            _share(compiled.recall[place]),
        ]
        for place, name in enumerate(compiled.names)
    ]
    text = (
        f"For {display.share(compiled.fidelity)} of {display.count(compiled.customers)} customers these conditions say "
        "what the data say. Precision: of the customers a condition holds for, the share who are in the segment. "
        "Recall: of the segment's customers, the share its condition holds for."
    )
    return {"heads": heads, "rows": rows, "text": text, "recipe": compiled.recipe()}


def _share(value: float) -> str:
    return display.MISSING if np.isnan(value) else display.share(float(value))
