"""How a run comes by its groups: found anew, those of an earlier run as they are, or anew and matched to those."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from .. import cluster, prepare
from ..core.recipe import Recipe
from ..profile import Identity
from ..runs import Model
from . import steps
from .stopwatch import Stopwatch

if TYPE_CHECKING:
    from .steps import Book

Groups = tuple[prepare.Prepared, cluster.Clustering]


class Plan(Protocol):
    """What says which group each customer is in, and who these groups were before."""

    def groups(self, recipe: Recipe, book: Book, watch: Stopwatch) -> Groups:
        """Stages 4 and 5: return the customers as a matrix, and their groups."""

    def identities(self, book: Book, found: cluster.Clustering) -> Mapping[int, Identity]:
        """Return who the groups *found* were in an earlier run, by id."""


class FoundAnew:
    """Groups are sought; nobody knows them yet."""

    def groups(self, recipe: Recipe, book: Book, watch: Stopwatch) -> Groups:
        """See :class:`Plan`."""
        prepared = steps.prepared(recipe, book, watch)
        watch.lap("prepare")
        return prepared, steps.clustered(recipe, book, prepared, watch)

    def identities(self, book: Book, found: cluster.Clustering) -> Mapping[int, Identity]:
        """See :class:`Plan`."""
        del book, found
        return {}


@dataclass(frozen=True)
class AsBefore:
    """The groups of a fitted *model*; *choice* is how their number was chosen then."""

    model: Model
    choice: cluster.KChoice

    def groups(self, recipe: Recipe, book: Book, watch: Stopwatch) -> Groups:
        """See :class:`Plan`."""
        model = self.model
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
        return prepared, found

    def identities(self, book: Book, found: cluster.Clustering) -> Mapping[int, Identity]:
        """See :class:`Plan`."""
        del book, found
        return identities_in(self.model)


def identities_in(model: Model) -> dict[int, Identity]:
    """Return who the segments of *model* are, by id; a model of an older version knows no shades."""
    used: dict[str, int] = {}
    found = {}
    for segment in model.segments:
        place = segment.get("shade", used.get(segment["tone"], 0))
        used[segment["tone"]] = place + 1
        found[segment["id"]] = Identity(
            segment["name"], segment["archetype"], segment["tone"], place, segment.get("number", segment["id"])
        )
    return found
