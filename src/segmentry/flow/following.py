"""Plans that go on from an earlier run: its groups as they are, or groups found anew and matched to those; of a book of
accounts, cohort by cohort.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .. import cluster, prepare, publish
from ..core.errors import Refused
from ..core.recipe import Recipe, Refresh
from ..core.tables import Floats
from ..movement import ABSENT
from ..profile import Identity
from ..runs import Matching, Model, Profiles, match_segments, renumbered, steady
from .method_facts import choice_of
from .plans import FoundAnew, Groups, Plan
from .predecessor import Predecessor, RunBefore, days
from .steps import Known
from .stopwatch import Stopwatch

if TYPE_CHECKING:
    from .steps import Book


@dataclass
class AsBefore:
    """The groups of the model of the run *before*; *choice* is how their number was chosen.

    ``held`` says, once they are assigned, whom the settings of *steadiness* keep where they were.
    """

    before: Predecessor
    choice: cluster.KChoice
    steadiness: Refresh
    held: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, dtype=bool))

    def settings(self, recipe: Recipe) -> Recipe:
        """See :class:`Plan`: those of the model, but for what does not touch it."""
        model = self.before.model
        beside: dict[str, Any] = {"fetch_at_most": recipe.cluster.fetch_at_most}
        if len(model.centroids) > 1:  # beside one segment there is nothing to put
            beside["compare"] = recipe.cluster.compare
        return recipe.model_copy(update={"cluster": model.recipe.cluster.model_copy(update=beside)})

    def groups(self, recipe: Recipe, book: Book, watch: Stopwatch) -> Groups:
        """See :class:`Plan`."""
        model = self.before.model
        prepared = prepare.prepare_as_before(book.customers, model.pipeline)
        watch.lap("prepare")
        found = cluster.groups_as_before(
            prepared,
            model.centroids,
            model.assigner,
            self.choice,
            method=recipe.cluster.method,
            seed=recipe.cluster.seed,
        )
        return prepared, self._steadied(book, found)

    def known(self, book: Book, found: cluster.Clustering) -> Known:
        """See :class:`Plan`."""
        del book, found
        return Known(identities_in(self.before.model), self.before.model.numbers())

    def _steadied(self, book: Book, found: cluster.Clustering) -> cluster.Clustering:
        """Return *found* with customers held back in the segment they were in: on its border, in theirs not at all."""
        ids = book.customers.ids
        was = _labels_of(self.before.model, self.before.labels_of(ids))
        labels = steady(
            was,
            found.labels,
            found.confidence,
            days(self.before.since_of(ids), book.customers.as_of or datetime.now(UTC).date()),
            margin=self.steadiness.margin,
            min_stay=self.steadiness.min_stay,
        )
        self.held = labels != found.labels
        return replace(
            found,
            labels=labels,
            nearest_other=np.where(self.held, found.labels, found.nearest_other),
            confidence=np.where(self.held, 0.0, found.confidence),
        )


@dataclass
class Matched:
    """Groups found *anew*, and matched to the segments of the run *before*; ``matching`` says how, once they are known.

    *is_confirmed* lets a weak match pass; *cohort* is of whom they are, where there are several.
    """

    before: Predecessor
    anew: FoundAnew
    is_confirmed: bool
    cohort: str = ""
    matching: Matching | None = None

    def settings(self, recipe: Recipe) -> Recipe:
        """See :class:`Plan`."""
        return self.anew.settings(recipe)

    def groups(self, recipe: Recipe, book: Book, watch: Stopwatch) -> Groups:
        """See :class:`Plan`."""
        return self.anew.groups(recipe, book, watch)

    def known(self, book: Book, found: cluster.Clustering) -> Known:
        """See :class:`Plan`. Raises Refused for a match that is too weak to go on under the same names."""
        matching = self.matching = _match(self.before, book, found)
        before = self.before.model
        numbers = renumbered(matching, range(self.anew.first_id))
        old = {before.numbers().get(label, label): one for label, one in identities_in(before).items()}
        if matching.needs_confirmation and not self.is_confirmed:
            raise _too_weak(matching, self.before.names, self.cohort)
        return Known({pair.new: old[pair.old] for pair in matching.pairs}, numbers)


@dataclass
class Following:
    """How the segments of the run *before* go on in each cohort: *is_refit* says that groups are found anew.

    *is_confirmed* lets weak matches pass; *settings* are those for a steady hand. ``plans`` has, once groups are there,
    how each cohort went on; a cohort that appears for the first time is found anew and has none.
    """

    before: RunBefore
    is_refit: bool
    is_confirmed: bool
    settings: Refresh
    plans: dict[str, AsBefore | Matched] = field(default_factory=dict)

    def plan_of(self, cohort: str, anew: FoundAnew) -> Plan:
        """Return how the *cohort* goes on; *anew* gets ids that no segment of any cohort ever had."""
        anew = replace(anew, first_id=max(anew.first_id, self.before.used.stop))
        part = self.before.cohorts.get(cohort)
        if part is None or (self.is_refit and not len(part.ids)):
            return anew
        if self.is_refit:
            self.plans[cohort] = Matched(part, anew, self.is_confirmed, cohort)
        else:
            self.plans[cohort] = AsBefore(part, choice_of(part.facts["k"]), self.settings)
        return self.plans[cohort]


def identities_in(model: Model) -> dict[int, Identity]:
    """Return who the segments of *model* are, by label; a model of an older version knows no shades."""
    used: dict[str, int] = {}
    found = {}
    for segment in model.segments:
        place = segment.get("shade", used.get(segment["tone"], 0))
        used[segment["tone"]] = place + 1
        found[segment["id"]] = Identity(segment["name"], segment["archetype"], segment["tone"], place)
    return found


def _labels_of(model: Model, numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return what *numbers*, ids of tables, are as labels of *model*."""
    return publish.shown_ids(numbers, {number: label for label, number in model.numbers().items()})


def _match(before: Predecessor, book: Book, found: cluster.Clustering) -> Matching:
    """Return which of the groups *found* is which segment of the run *before*."""
    customers, model = book.customers, before.model
    was = before.labels_of(customers.ids)
    both = was != ABSENT
    features = [name for name in model.features if name in customers.values and name in before.customers.values]
    if features == list(model.features):  # in the space in which they were told apart
        old, new = model.pipeline.scaled(before.customers), model.pipeline.scaled(customers)
    else:
        old, new = before.customers.matrix(features), customers.matrix(features)
    return match_segments(
        was[both],
        found.labels[both],
        _profiles(before.labels, old),
        _profiles(found.labels, new),
        scale=np.nanstd(np.vstack([old, new]), axis=0),
    )


def _profiles(labels: NDArray[np.int64], matrix: Floats) -> Profiles:
    ids = [int(label) for label in np.unique(labels) if label >= 0]
    means = np.array([np.nan_to_num(np.nanmean(matrix[labels == label], axis=0)) for label in ids])
    return Profiles(tuple(ids), tuple(int((labels == label).sum()) for label in ids), means)


def _too_weak(matching: Matching, names: dict[int, str], cohort: str) -> Refused:
    found = f"found among the {cohort} accounts" if cohort else "found now"
    groups = {pair.new: f"group {pair.new}" for pair in matching.pairs}
    groups |= {birth.id: f"group {birth.id}" for birth in matching.births}
    said = " ".join(matching.sentences(names, groups))
    return Refused(
        f"The groups {found} are not clearly the segments of the run before. {said}",
        possible="Names go on only where customers and behaviour are much the same.",
        action="Look at them with --dry-run; then give --confirm, or run it anew: segmentry run RECIPE",
    )
