"""What a refresh knows beside what it found: who moved since the run before, why, and since when all are where."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .. import movement, profile, publish
from ..core.tables import CustomerTable
from ..features import View, Views
from ..runs import Model
from .predecessor import HELD, SINCE, Predecessor

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
    is_refit
        Whether groups were found anew.
    """

    before: Predecessor
    step: movement.Step
    names: dict[int, str]
    since: NDArray[np.datetime64]
    held: NDArray[np.bool_]
    is_refit: bool

    def columns(self, customers: CustomerTable) -> dict[str, NDArray[Any]]:
        """Return what the customers table says of it: the segment before, since when in this one, held back or not."""
        named = movement.namer(self.names)
        return {PREVIOUS: named(self.before.labels_of(customers.ids)), SINCE: self.since, HELD: self.held}

    def facts(self) -> dict[str, Any]:
        """Return what the manifest says of it."""
        moved = int(self.step.moved.sum())
        return {
            "kind": "refresh",
            "previous": self.before.run.run_id,
            "model_from": None if self.is_refit else self.before.fitted_in,
            "moved": {"customers": moved, "money": round(float(np.nansum(self.step.money[self.step.moved])), 2)},
        }


def sequel_of(found: Segmentation, before: Predecessor, *, held: NDArray[np.bool_], is_same: bool | None) -> Sequel:
    """Return *found* as the continuation of the run *before*.

    *held* says who was kept in a segment against the model, shape (n,). *is_same* is None where the model was kept, and
    otherwise whether only its numbers were found anew: the same features, method and number of segments.
    """
    customers, model = found.book.customers, before.model
    ids = np.union1d(before.ids, customers.ids).astype(object)
    labels = publish.shown_ids(found.clustering.labels, {one.id: one.number for one in found.profiles})
    now = _laid_out(ids, customers.ids, labels)
    was = before.labels_of(ids)
    idle = _idle(found.book, before, ids)
    behaved = now if is_same is None else _by_model(model, customers, ids)
    chain = [was, was if behaved is None else idle, was if behaved is None else behaved]
    chain += [now if is_same else chain[-1], now]
    start, end = _days(before, customers.as_of)
    step = movement.Step(start, end, ids, was, now, _money(found, before, ids), movement.causes(chain))
    names = {one.number: one.name for one in profile.best_first(found.profiles)}
    names |= {number: name for number, name in _names(model).items() if number not in names}
    stayed = before.labels_of(customers.ids) == labels
    today = np.datetime64(end.isoformat(), "D")
    since = np.where(stayed, before.since_of(customers.ids), today)
    return Sequel(before, step, names, np.where(np.isnat(since), today, since), held, is_same is not None)


def _names(model: Model) -> dict[int, str]:
    numbers = model.numbers()
    return {numbers.get(label, label): name for label, name in model.names().items()}


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
    as_of, until, model = book.customers.as_of, before.run.as_of, before.model
    if book.views is None or as_of is None or until is None or as_of < until:
        return before.labels_of(ids)
    seen = book.views([*model.features], Views((View(as_of, until),), model.recipe.window_days))
    (_, customers), *_ = seen.views
    known = customers.at(np.isin(customers.ids, ids))
    found = _by_model(model, known, ids)
    return before.labels_of(ids) if found is None else found


def _days(before: Predecessor, as_of: date | None) -> tuple[date, date]:
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
