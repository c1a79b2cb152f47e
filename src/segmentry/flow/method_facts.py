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
        rows = [asdict(row) for row in methods.rows]
        # JSON has no word for "not a number"
        facts["compared"] = [
            {name: None if isinstance(one, float) and math.isnan(one) else one for name, one in row.items()}
            for row in rows
        ]
        facts["recommended"], facts["recommendation"] = methods.recommended, methods.recommendation
    return facts
