"""How a run comes by its groups. Found anew is the usual way; ``following`` has ways on from an earlier run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol, TypeAlias

from .. import cluster, prepare
from ..core.progress import Silent
from ..core.recipe import Recipe
from . import steps
from .stopwatch import Stopwatch

if TYPE_CHECKING:
    from .steps import Book

Groups = tuple[prepare.Prepared, cluster.Clustering]


class Plan(Protocol):
    """What says which group each customer is in, and who these groups were before."""

    def settings(self, recipe: Recipe) -> Recipe:
        """Return *recipe* as these groups have it."""

    def groups(self, recipe: Recipe, book: Book, watch: Stopwatch) -> Groups:
        """Stages 4 and 5: return the customers as a matrix, and their groups."""

    def known(self, book: Book, found: cluster.Clustering) -> steps.Known:
        """Return who the groups *found* were in an earlier run, and the ids that tables show."""


@dataclass
class FoundAnew:
    """Groups are sought; nobody knows them yet. Tables show ids from *first_id* on; who is set apart has -1."""

    first_id: int = 0

    def settings(self, recipe: Recipe) -> Recipe:
        """See :class:`Plan`."""
        return recipe

    def groups(self, recipe: Recipe, book: Book, watch: Stopwatch) -> Groups:
        """See :class:`Plan`."""
        prepared = steps.prepared(recipe, book, watch)
        watch.lap("prepare")
        return prepared, steps.clustered(recipe, book, prepared, watch)

    def known(self, book: Book, found: cluster.Clustering) -> steps.Known:
        """See :class:`Plan`."""
        del book
        labels = range(len(found.centroids))
        return steps.Known({}, {label: self.first_id + label for label in labels}) if self.first_id else steps.NOBODY


@dataclass
class OneSegment(FoundAnew):
    """All customers are one group, for they are too few to find groups in; *why* says so."""

    why: str = ""

    def settings(self, recipe: Recipe) -> Recipe:
        """See :class:`Plan`."""
        one = recipe.cluster.with_method("kmeans").model_copy(update={"k": 1, "start_from": None, "compare": []})
        return recipe.model_copy(update={"cluster": one})

    def groups(self, recipe: Recipe, book: Book, watch: Stopwatch) -> Groups:
        """See :class:`Plan`."""
        prepared = prepare.as_they_are(book.customers, book.deciding)
        watch.lap("prepare")
        value = steps.worth(book.customers, book.deciding)
        found = cluster.find_groups(prepared, recipe.cluster, value=value, progress=Silent())
        choice = replace(found.choice, reason=self.why, structure_reason=self.why, asked=False)
        return prepared, replace(found, choice=choice)


# How the groups of a cohort (of all customers, where it has no name) are come by, given how they would be found anew.
PlanOf: TypeAlias = Callable[[str, FoundAnew], Plan]


def found_anew(cohort: str, anew: FoundAnew) -> Plan:
    """Return *anew* for every cohort: the plan of a run that follows none."""
    del cohort
    return anew
