"""How a run comes by its groups. Found anew is the usual way; ``following`` has ways on from an earlier run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from .. import cluster, prepare
from ..core.recipe import Recipe
from . import steps
from .stopwatch import Stopwatch

if TYPE_CHECKING:
    from .steps import Book

Groups = tuple[prepare.Prepared, cluster.Clustering]


class Plan(Protocol):
    """What says which group each customer is in, and who these groups were before."""

    def groups(self, recipe: Recipe, book: Book, watch: Stopwatch) -> Groups:
        """Stages 4 and 5: return the customers as a matrix, and their groups."""

    def known(self, book: Book, found: cluster.Clustering) -> steps.Known:
        """Return who the groups *found* were in an earlier run."""


class FoundAnew:
    """Groups are sought; nobody knows them yet."""

    def groups(self, recipe: Recipe, book: Book, watch: Stopwatch) -> Groups:
        """See :class:`Plan`."""
        prepared = steps.prepared(recipe, book, watch)
        watch.lap("prepare")
        return prepared, steps.clustered(recipe, book, prepared, watch)

    def known(self, book: Book, found: cluster.Clustering) -> steps.Known:
        """See :class:`Plan`."""
        del book, found
        return steps.NOBODY
