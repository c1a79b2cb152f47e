"""What the manifest says of the method that found the groups, and of those beside it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from .. import cluster

if TYPE_CHECKING:
    from .. import movement


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
        "structure_reason": choice.structure_reason,
        "knee": choice.knee,
        "asked": choice.asked,
        "customers": choice.customers,
        "silhouette_customers": choice.silhouette_customers,
        "bics": list(choice.bics),
        "tried": [_figures(score) for score in choice.scores],
    }


def forecast_facts(found: movement.Forecast) -> dict[str, Any]:
    """Return the date and model of a forecast, why that model was taken, and what the backtest measured."""
    tested = found.backtest
    return {
        "date": found.date.isoformat(),
        "model": found.model,
        "why": found.why,
        "scores": [asdict(score) for score in tested.overall.values()] if tested else [],
        "margins": [asdict(margin) for margin in tested.margins] if tested else [],
    }


def choice_of(facts: Mapping[str, Any]) -> cluster.KChoice:
    """Return the choice that these *facts* of a manifest say; those of older versions say less."""
    return cluster.KChoice(
        k=facts["chosen"],
        reason=facts["reason"],
        scores=tuple(cluster.KScore(**{name: _number(one) for name, one in row.items()}) for row in facts["tried"]),
        knee=facts.get("knee"),
        structure=facts["structure"],
        structure_reason=facts.get("structure_reason", ""),
        asked=facts.get("asked", False),
        silhouette_customers=facts.get("silhouette_customers", 0),
        bics=tuple(facts.get("bics", ())),
        customers=facts.get("customers", 0),
    )


def _number(one: Any) -> Any:
    return math.nan if one is None else one


def _figures(row: cluster.KScore | cluster.MethodRow) -> dict[str, Any]:
    """Return the figures of *row* by name; JSON has no word for "not a number", so that becomes None."""
    return {name: None if isinstance(one, float) and math.isnan(one) else one for name, one in asdict(row).items()}
