"""What the manifest says of the method that found the groups, and of those beside it."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any

from .. import cluster


def method_facts(clustering: cluster.Clustering, methods: cluster.MethodComparison | None) -> dict[str, Any]:
    """Return the method, how it labels new customers, and, where methods were compared, the figures of each."""
    facts: dict[str, Any] = {
        "name": clustering.method,
        "new_customers_get": clustering.assigner.rule if clustering.assigner else "",
        "agreement_with_fit": clustering.agreement,
        "note": clustering.note,
    }
    if methods is not None:
        facts["compared"] = [_figures(row) for row in methods.rows]
        facts["recommended"], facts["recommendation"] = methods.recommended, methods.recommendation
    return facts


def choice_facts(choice: cluster.KChoice) -> dict[str, Any]:
    """Return how the number of groups was chosen, with the scores of every number that was tried."""
    return {
        "chosen": choice.k,
        "reason": choice.reason,
        "structure": choice.structure,
        "tried": [_figures(score) for score in choice.scores],
    }


def _figures(row: cluster.KScore | cluster.MethodRow) -> dict[str, Any]:
    """Return the figures of *row* by name; JSON has no word for "not a number", so that becomes None."""
    return {name: None if isinstance(one, float) and math.isnan(one) else one for name, one in asdict(row).items()}
