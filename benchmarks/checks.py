"""Whether answers agree. In: what the programs found. Out: one ``Check`` for each thing that is compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from answers import PREPARATION, Answers, Beside, Labelled, labelled, notebook_beside
from sklearn.metrics import adjusted_rand_score

# Of the best of ten full scikit-learn starts, at every k: the promise that is checked.
INERTIA_BOUND = 0.001
# Sums of floats differ by less; a cent would be an answer that is wrong.
HALF_A_CENT = 0.005
# Two ways to add the same numbers, and means of labels instead of the centres they were given by.
ROUNDING = 1e-5


@dataclass(frozen=True)
class Check:
    """One comparison: what is compared, what was found, and whether it is as it should be."""

    what: str
    found: str
    fine: bool = True


def compare(ours: Answers, peers: Mapping[str, Answers]) -> list[Check]:
    """Return how the answers of *peers* (by name) agree with *ours*: counts, money to the cent, inertia at each k."""
    checks = [check for name, peer in peers.items() for check in _counts(ours, peer, name)]
    return checks + _inertia(ours, peers)


def _counts(ours: Answers, peer: Answers, name: str) -> list[Check]:
    pairs = {
        part: (getattr(ours, part), getattr(peer, part)) for part in ("rows", "customers", "orders", "inside", "money")
    }
    off = [
        f"{part} {theirs:,} instead of {own:,}"
        for part, (own, theirs) in pairs.items()
        if theirs is not None and own is not None and abs(own - theirs) >= (HALF_A_CENT if part == "money" else 1)
    ]
    missing = [part for part, (own, theirs) in pairs.items() if own is None or theirs is None]
    same = f"{ours.rows:,} lines kept, {ours.customers:,} customers, {ours.orders:,} orders, {ours.money:,.2f}"
    found = "; ".join([*off, *(f"{part} not stated" for part in missing)]) or f"same: {same}"
    return [Check(f"counts and money beside {name}", found, not off and not missing)]


def _inertia(ours: Answers, peers: Mapping[str, Answers]) -> list[Check]:
    full = {name: peer for name, peer in peers.items() if peer.inertia and (peer.starts or 0) >= 10}
    if not full:
        return []
    if tuple(ours.facts.get("prepared", ())) != PREPARATION:
        return [Check("inertia", f"not comparable: features were prepared by {ours.facts.get('prepared')}", fine=False)]
    best = {k: min(peer.inertia[k] for peer in full.values()) for k in next(iter(full.values())).inertia}
    if missing := sorted(best.keys() - ours.inertia.keys()):
        return [Check("inertia", f"the run does not state it for k = {missing}", fine=False)]
    worse = {k: ours.inertia[k] / best[k] - 1 for k in best}
    k = max(worse, key=lambda k: worse[k])
    found = f"at every k from {min(best)} to {max(best)} at most {worse[k]:+.4%} (k = {k}); bound +{INERTIA_BOUND:.1%}"
    return [Check(f"inertia against the best of {', '.join(full)} (ten starts)", found, worse[k] <= INERTIA_BOUND)]


def recomputed(ours: Answers, seen: Labelled) -> Check:
    """Return whether the inertia that the run states for its k is that of its customers table, computed once more."""
    stated = ours.inertia.get(ours.k or 0)
    if stated is None:
        return Check("inertia of the labels that were written", f"not stated for k = {ours.k}", fine=False)
    gap = abs(seen.inertia / stated - 1)
    found = f"{seen.inertia:,.4f} for k = {ours.k}, stated {stated:,.4f}"
    return Check("inertia of the labels that were written", found, gap <= ROUNDING)


def agreement(seen: Labelled, k: int, peers: Mapping[str, Answers]) -> list[Check]:
    """Return how far the segments written are those of each peer's centres: no promise, several cuts may be as good."""
    checks = []
    for name, peer in peers.items():
        if k in peer.centres:
            theirs = seen.nearest(peer.centres[k])
            found = f"adjusted Rand index {adjusted_rand_score(seen.labels, theirs):.4f} at k = {k}"
            checks.append(Check(f"segments beside {name}", found))
    return checks


def notebook(found: Beside) -> Check:
    """Return whether the customers of the notebook have the orders and the money that the run gives them."""
    said = (
        f"{found.customers:,} customers without its outliers, {found.found:,} of them in the run; "
        f"{found.other_orders:,} with other orders; money at most {found.largest_gap:.4f} apart"
    )
    fine = 0 < found.customers == found.found and found.other_orders == 0 and found.largest_gap < HALF_A_CENT
    return Check("customers beside the notebook", said, fine)


def same_customers(ours: Answers, again: Answers, name: str) -> Check:
    """Return whether another run of ours wrote the same customers table, byte for byte."""
    same = ours.facts["customers.parquet"] == again.facts["customers.parquet"]
    return Check(f"customers table of {name}", "the same bytes" if same else "other bytes", same)


def of_main_job(folder: Path, found: Mapping[str, Answers], labels: Mapping[str, str]) -> list[Check]:
    """Return the checks of the main job: *found* by command, whose outputs are in folders of that name in *folder*."""
    ours = found.get("segmentry")
    if ours is None:
        return [Check("answers", "segmentry did not finish: nothing to compare", fine=False)]
    peers = {
        labels[key]: answers
        for key, answers in found.items()
        if key not in {"segmentry", "no-report", "cold", "notebook"}
    }
    seen = labelled(folder / "segmentry")
    checks = [*compare(ours, peers), recomputed(ours, seen), *agreement(seen, ours.k or 0, peers)]
    if "notebook" in found:
        checks.append(notebook(notebook_beside(folder / "notebook", folder / "segmentry")))
    return checks + [same_customers(ours, found[key], labels[key]) for key in ("no-report", "cold") if key in found]


def of_scores(written: Mapping[str, np.ndarray], expected: Mapping[str, np.ndarray]) -> list[Check]:
    """Return whether *written* has the customers of *expected* in their order, and each the same segment."""
    same_order = np.array_equal(written["customer_id"], expected["customer_id"])
    if not same_order:
        return [Check("customers in the order of the input", "another order or other customers", fine=False)]
    other = int((written["segment_id"] != expected["segment_id"]).sum())
    return [
        Check("customers in the order of the input", f"the same {len(written['customer_id']):,}"),
        Check("labels beside NumPy", f"{other:,} differ", other == 0),
    ]
