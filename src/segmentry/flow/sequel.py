"""What a refresh knows beside what it found: who moved since the run before, why, and since when all are where."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .. import movement, profile, publish
from ..core import display
from ..core.tables import CustomerTable, are_among
from ..features import View, Views
from ..publish.tables import HELD, SINCE
from ..runs import BookDrift, Decision, Drift, Matching, Model, save_model
from ..sources import COHORTS
from .account_scoring import shown_ids
from .drifting import REFERENCE
from .following import AsBefore, Following, Matched
from .predecessor import AT_REST, Predecessor, RunBefore, names_of_all

if TYPE_CHECKING:
    from .segmenting import Found
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
        Names by those ids, the most welcome first; segments that are no more come last (of their cohort).
    since
        From which day on each of the customers of this run has been in its segment.
    held
        Whom the rules for a steady hand keep where they were.
    decision
        What was done with the model, and why.
    drift
        How far the data are from those of the fit; None where the model's features are not there any more.
    matchings
        Who is who after a refit, by cohort; none where the model was kept.
    succession
        What became of cohorts and, after a refit, of segments, in sentences.
    at_rest
        The cohorts that have no accounts any more: their models are kept for those who come back.
    """

    before: RunBefore
    step: movement.Step
    names: dict[int, str]
    since: NDArray[np.datetime64]
    held: NDArray[np.bool_]
    decision: Decision
    drift: Drift | BookDrift | None
    matchings: dict[str, Matching]
    succession: tuple[str, ...]
    at_rest: dict[str, Predecessor]

    @property
    def balances(self) -> list[movement.Balance]:
        """What each segment gained and lost since the run before."""
        return movement.balances(self.step, self.names)

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
            "model_from": None if self.decision.action == "refit" else self.before.fitted_in,
            "next_segment_id": max([*self.names, *self.before.used]) + 1,
            "refresh": {
                "action": self.decision.action,
                "reasons": list(self.decision.reasons),
                "moved": {"customers": int(moved.sum()), "money": round(float(np.nansum(self.step.money[moved])), 2)},
                "held_back": int(self.held.sum()),
                "drift": None if self.drift is None else asdict(self.drift),
                "segments": list(self.succession),
            },
            **({AT_REST: {name: _facts(one) for name, one in self.at_rest.items()}} if self.at_rest else {}),
        }

    def save_models(self, folder: Path, version: str) -> None:
        """Write the models of cohorts that have no accounts any more into folders of their own in *folder*."""
        for name, one in self.at_rest.items():
            save_model(one.model, folder / name, version=version)


def continued(
    found: Found, following: Following, decision: Decision, drift: Drift | BookDrift | None, *, is_other_model: bool
) -> Found:
    """Return *found* as the continuation of the run before, which *following* knows.

    *is_other_model* says that the recipe asks for other models than before.
    """
    before, plans, customers = following.before, following.plans, found.book.customers
    ids = np.union1d(before.ids, customers.ids).astype(object)
    labels, held = _labels(found), _held(found, following)
    was, now = before.labels_of(ids), _laid_out(ids, customers.ids, labels)
    chain = _chain(found, following, ids, was, now, is_other_model=is_other_model)
    start, end = _dates(before, customers.as_of)
    step = movement.Step(start, end, ids, was, now, _money(found.book, before, ids), movement.causes(chain))
    today = np.datetime64(end.isoformat(), "D")
    since = np.where(before.labels_of(customers.ids) == labels, before.since_of(customers.ids), today)
    matchings = {
        name: plan.matching for name, plan in plans.items() if isinstance(plan, Matched) and plan.matching is not None
    }
    at_rest = {name: one for name, one in before.cohorts.items() if name not in found.parts and not is_other_model}
    sequel = Sequel(
        before, step, _names(found, before), since, held, decision, drift, matchings,
        tuple(_succession(found, following)), at_rest,
    )  # fmt: skip
    kept = {name: plan.before for name, plan in plans.items() if isinstance(plan, AsBefore)}
    return found.following(sequel, kept)


def _labels(found: Found) -> NDArray[np.int64]:
    """Return the segment of each customer as tables show it, shape (n,)."""
    labels = np.empty(len(found.book.customers), dtype=np.int64)
    for part in found.parts.values():
        rows = np.searchsorted(found.book.customers.ids, part.book.customers.ids)
        labels[rows] = publish.shown_ids(part.clustering.labels, {one.id: one.number for one in part.profiles})
    return labels


def _held(found: Found, following: Following) -> NDArray[np.bool_]:
    """Return whom the rules for a steady hand keep where they were, shape (n,)."""
    held = np.zeros(len(found.book.customers), dtype=bool)
    for name, plan in following.plans.items():
        if isinstance(plan, AsBefore):
            held[np.searchsorted(found.book.customers.ids, found.parts[name].book.customers.ids)] = plan.held
    return held


def _chain(
    found: Found,
    following: Following,
    ids: NDArray[np.object_],
    was: NDArray[np.int64],
    now: NDArray[np.int64],
    *,
    is_other_model: bool,
) -> list[NDArray[np.int64]]:
    """Return where each of *ids* was, and would be after each of the causes, up to where they are now."""
    before, parts = following.before, found.parts
    models = {name: one.model for name, one in before.cohorts.items()}
    # Where a cohort had nobody, its model of today says which segment accounts would have fallen into.
    models |= {name: part.model.model for name, part in parts.items() if name not in following.plans}
    chain = [was, _idle(found.book, before, models, ids), now, now, now]
    if not following.is_refit:
        return chain
    like_before = [
        one.number
        for name, plan in following.plans.items()
        if not is_other_model and len(parts[name].clustering.centroids) == len(plan.before.model.centroids)
        for one in parts[name].profiles
    ]
    by_models = _by_models(models, found.book.customers, ids)
    return _through_another_model(chain, by_models, is_same=np.isin(now, like_before))


def _facts(at_rest: Predecessor) -> dict[str, Any]:
    """Return what the manifest goes on saying of a cohort that has no accounts any more."""
    return {name: at_rest.facts.get(name) for name in ("k", REFERENCE)}


def _names(found: Found, before: RunBefore) -> dict[int, str]:
    """Return the names of the segments of both runs by id, as of :class:`Sequel`."""
    names: dict[str, dict[int, str]] = {}
    for cohort in (*COHORTS, ""):  # the most active first: who falls asleep has fallen
        now = found.parts[cohort].profiles if cohort in found.parts else ()
        was = before.cohorts[cohort].names if cohort in before.cohorts else {}
        ranked = {one.number: one.name for one in profile.best_first(now)}
        names[cohort] = ranked | {number: name for number, name in was.items() if number not in ranked}
    return names_of_all(names)


def _succession(found: Found, following: Following) -> Iterator[str]:
    """Yield what became of cohorts, and of the segments of each that was found anew."""
    before = following.before.cohorts
    for name, part in found.parts.items():
        plan, said = following.plans.get(name), f"{name}: " if name else ""
        if isinstance(plan, Matched) and plan.matching is not None:
            groups = {one.id: one.name for one in part.profiles}
            yield from (f"{said}{one}" for one in plan.matching.sentences(before[name].names, groups))
        elif plan is None:
            size = display.counted(len(part.book.customers), "accounts")
            yield f"{said}nobody was in this cohort before; its {size} were segmented anew."
    for name, gone in before.items():
        if name not in found.parts and len(gone.ids):
            yield f"{name}: none of the {display.counted(len(gone.ids), 'accounts')} of this cohort is in it any more."


def _through_another_model(
    chain: list[NDArray[np.int64]], by_model_before: NDArray[np.int64] | None, *, is_same: NDArray[np.bool_]
) -> list[NDArray[np.int64]]:
    """Return the *chain* of a refit: what customers did is what the model before says of it; where it can say nothing,
    all is due to the new model. *is_same* says of whose segment only the numbers of the model are new.
    """
    was, idle, *_, now = chain
    if by_model_before is None:
        return [was, was, was, was, now]
    return [was, idle, by_model_before, np.where(is_same, now, by_model_before), now]


def _laid_out(ids: NDArray[np.object_], of: NDArray[np.object_], labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return *labels*, which belong to the ids *of*, for all *ids*, which ascend: ABSENT for the others."""
    found = np.full(len(ids), movement.ABSENT, dtype=np.int64)
    found[np.searchsorted(ids, of)] = labels
    return found


def _by_models(
    models: Mapping[str, Model], customers: CustomerTable, ids: NDArray[np.object_]
) -> NDArray[np.int64] | None:
    """Return the segment that *models*, by cohort, give each of *ids*; None where *customers* lack a feature of one."""
    if not len(customers) or any(name not in customers.values for name in _features(models)):
        return None
    return _laid_out(ids, customers.ids, shown_ids(models, customers))


def _features(models: Mapping[str, Model]) -> list[str]:
    return list(dict.fromkeys(name for model in models.values() for name in model.features))


def _idle(book: Book, before: RunBefore, models: Mapping[str, Model], ids: NDArray[np.object_]) -> NDArray[np.int64]:
    """Return where each of *ids* would be by *models* had nobody done anything since the run *before*: where they were,
    where events have no dates.
    """
    as_of, until, features = book.customers.as_of, before.known_until, _features(models)
    is_known = all(name in book.customers.values for name in features)
    if book.views is None or not is_known or as_of is None or until is None or as_of < until:
        return before.labels_of(ids)
    seen = book.views(features, Views((View(as_of, until),), before.recipe.window_days))
    (_, customers), *_ = seen.views
    found = _by_models(models, customers.at(are_among(customers.ids, ids)), ids)
    return before.labels_of(ids) if found is None else found


def _dates(before: RunBefore, as_of: date | None) -> tuple[date, date]:
    """Return the dates of both runs: as-of dates, where there are any, else the days they were made."""
    today = datetime.now(UTC).date()
    return before.run.as_of or before.run.created.date(), as_of or today


def _money(book: Book, before: RunBefore, ids: NDArray[np.object_]) -> NDArray[np.float64]:
    """Return what each of *ids* had spent by the run before; by this one, for who is new; NaN where that is unknown."""
    money = np.full(len(ids), np.nan)
    customers = book.customers
    if "monetary" in customers.values:
        money[np.searchsorted(ids, customers.ids)] = customers.values["monetary"]
    places = np.searchsorted(ids, before.ids)
    money[places] = np.where(np.isnan(before.money), money[places], before.money)
    return money
