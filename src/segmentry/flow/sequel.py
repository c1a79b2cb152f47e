"""What a refresh knows beside what it found: who moved since the run before, why, and since when all are where."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .. import movement, profile, publish
from ..core.tables import CustomerTable, are_among
from ..features import View, Views
from ..publish.tables import HELD, SINCE
from ..runs import Decision, Drift, Matching, Model
from .following import AsBefore, Matched
from .predecessor import Predecessor

if TYPE_CHECKING:
    from .segmentation import Segmentation
    from .steps import Book

PREVIOUS = "previous_segment"


@dataclass(frozen=True)
class Sequel:
    """A run as the continuation of another.

    Attributes
    ----------
    before
        The run before.
    step
        Where each customer of either run was and is, by the ids that tables show, with the causes.
    names
        Names by those ids, the most welcome first; segments that are no more come last.
    since
        From which day on each of the customers of this run has been in its segment.
    held
        Whom the rules for a steady hand keep where they were.
    decision
        What was done with the model, and why.
    drift
        How far the data are from those of the fit; None where the model's features are not there any more.
    matching
        Who is who after a refit; None where the model was kept.
    groups
        Names by the labels of this run's clustering, of which *matching* speaks.
    """

    before: Predecessor
    step: movement.Step
    names: dict[int, str]
    since: NDArray[np.datetime64]
    held: NDArray[np.bool_]
    decision: Decision
    drift: Drift | None
    matching: Matching | None
    groups: dict[int, str]

    @property
    def balances(self) -> list[movement.Balance]:
        """What each segment gained and lost since the run before."""
        return movement.balances(self.step, self.names)

    def sentences(self) -> list[str]:
        """Return what became of the segments after a refit; nothing where the model was kept."""
        return [] if self.matching is None else self.matching.sentences(self.before.names, self.groups)

    def moves(self) -> dict[str, NDArray[Any]]:
        """Return one row per customer who moved since the run before: from where to where, money, and the causes."""
        return movement.move_columns([self.step], self.names)

    def columns(self, customers: CustomerTable) -> dict[str, NDArray[Any]]:
        """Return what the customers table says of it: the segment before, since when in this one, held back or not."""
        named = movement.namer(self.names)
        return {PREVIOUS: named(self.before.labels_of(customers.ids)), SINCE: self.since, HELD: self.held}

    def facts(self) -> dict[str, Any]:
        """Return what the manifest says of it."""
        moved = self.step.moved
        return {
            "kind": "refresh",
            "previous": self.before.run.run_id,
            "model_from": self.before.fitted_in if self.matching is None else None,
            "next_segment_id": max([*self.names, *self.before.used]) + 1,
            "refresh": {
                "action": self.decision.action,
                "reasons": list(self.decision.reasons),
                "moved": {"customers": int(moved.sum()), "money": round(float(np.nansum(self.step.money[moved])), 2)},
                "held_back": int(self.held.sum()),
                "drift": None if self.drift is None else asdict(self.drift),
                "segments": self.sentences(),
            },
        }


def continued(
    found: Segmentation, plan: AsBefore | Matched, decision: Decision, drift: Drift | None, *, is_other_model: bool
) -> Segmentation:
    """Return *found* as the continuation of the run before, which *plan* knows.

    *is_other_model* says that the recipe asks for another model than before.
    """
    before, customers = plan.before, found.book.customers
    ids = np.union1d(before.ids, customers.ids).astype(object)
    labels = publish.shown_ids(found.clustering.labels, {one.id: one.number for one in found.profiles})
    was, now = before.labels_of(ids), _laid_out(ids, customers.ids, labels)
    chain = [was, _idle(found.book, before, ids), now, now, now]
    matching = None
    if isinstance(plan, Matched):
        matching = plan.matching
        is_same = not is_other_model and len(found.clustering.centroids) == len(before.model.centroids)
        chain = _through_another_model(chain, _by_model(before.model, customers, ids), is_same=is_same)
    start, end = _dates(before, customers.as_of)
    step = movement.Step(start, end, ids, was, now, _money(found, before, ids), movement.causes(chain))
    names = {one.number: one.name for one in profile.best_first(found.profiles)}
    today = np.datetime64(end.isoformat(), "D")
    since = np.where(before.labels_of(customers.ids) == labels, before.since_of(customers.ids), today)
    held = plan.held if isinstance(plan, AsBefore) else np.zeros(len(customers), dtype=bool)
    sequel = Sequel(
        before, step, names | {n: name for n, name in before.names.items() if n not in names}, since, held,
        decision, drift, matching, {one.id: one.name for one in found.profiles},
    )  # fmt: skip
    return replace(found, sequel=sequel)


def _through_another_model(
    chain: list[NDArray[np.int64]], by_model_before: NDArray[np.int64] | None, *, is_same: bool
) -> list[NDArray[np.int64]]:
    """Return the *chain* of a refit: what customers did is what the model before says of it; where it can say nothing,
    all is due to the new model. *is_same* says that only the numbers of the model are new.
    """
    was, idle, *_, now = chain
    if by_model_before is None:
        return [was, was, was, was, now]
    return [was, idle, by_model_before, now if is_same else by_model_before, now]


def _laid_out(ids: NDArray[np.object_], of: NDArray[np.object_], labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return *labels*, which belong to the ids *of*, for all *ids*, which ascend: ABSENT for the others."""
    found = np.full(len(ids), movement.ABSENT, dtype=np.int64)
    found[np.searchsorted(ids, of)] = labels
    return found


def _by_model(model: Model, customers: CustomerTable, ids: NDArray[np.object_]) -> NDArray[np.int64] | None:
    """Return the segment that *model* gives each of *ids*; None where *customers* lack a feature of it."""
    if not len(customers) or any(name not in customers.values for name in model.features):
        return None
    return _laid_out(ids, customers.ids, publish.shown_ids(model.label(customers).labels, model.numbers()))


def _idle(book: Book, before: Predecessor, ids: NDArray[np.object_]) -> NDArray[np.int64]:
    """Return where each of *ids* would be by the model *before* had nobody done anything since: where they were, where
    events have no dates.
    """
    as_of, until, model = book.customers.as_of, before.known_until, before.model
    if book.views is None or as_of is None or until is None or as_of < until:
        return before.labels_of(ids)
    seen = book.views([*model.features], Views((View(as_of, until),), model.recipe.window_days))
    (_, customers), *_ = seen.views
    known = customers.at(are_among(customers.ids, ids))
    found = _by_model(model, known, ids)
    return before.labels_of(ids) if found is None else found


def _dates(before: Predecessor, as_of: date | None) -> tuple[date, date]:
    """Return the dates of both runs: as-of dates, where there are any, else the days they were made."""
    today = datetime.now(UTC).date()
    return before.run.as_of or before.run.created.date(), as_of or today


def _money(found: Segmentation, before: Predecessor, ids: NDArray[np.object_]) -> NDArray[np.float64]:
    """Return what each of *ids* had spent by the run before; by this one, for who is new; NaN where that is unknown."""
    money = np.full(len(ids), np.nan)
    customers = found.book.customers
    if "monetary" in customers.values:
        money[np.searchsorted(ids, customers.ids)] = customers.values["monetary"]
    places = np.searchsorted(ids, before.ids)
    money[places] = np.where(np.isnan(before.money), money[places], before.money)
    return money
