"""Cohorts of accounts: each is prepared, clustered, profiled and named by itself; together they are one run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import publish, sources
from ..core import display
from ..core.errors import UnknownColumn
from ..core.recipe import Cohort, Recipe
from ..core.tables import CustomerTable
from ..features import DEFAULT
from . import steps
from .accounts import ACTIVE, COHORT, asked_features, together
from .frames import Kind, to_frame
from .method_facts import forecast_facts
from .over_time import OverTime
from .plans import FoundAnew, OneSegment, Plan, PlanOf, found_anew
from .segmentation import Segmentation
from .steps import Book
from .stopwatch import Stopwatch

if TYPE_CHECKING:
    from .. import charts, rules
    from ..explain import CustomerExplanation, Fitted, SegmentExplanation
    from .predecessor import Predecessor
    from .sequel import Sequel

# What decides where nobody says it: behaviour and value of those who trade, what is known of those who never did.
TRADING = (*DEFAULT, "nav")
NOT_TRADING = ("nav", "account_age_days", "deposits")


@dataclass(frozen=True, repr=False)
class CohortSegmentation(OverTime):
    """Named segments of a book of accounts, cohort by cohort. Frames come as pandas.

    Attributes
    ----------
    recipe, book, kind, seconds, path
        As in :class:`Segmentation`.
    cohorts
        Cohort to its segmentation, the most active first.
    declared
        The segments that the recipe's rules declare for all accounts, where it has any.
    sequel
        What a refresh knows of the run before.
    """

    recipe: Recipe
    book: Book
    cohorts: dict[Cohort, Segmentation]
    kind: Kind
    seconds: dict[str, float]
    path: Path | None = None
    declared: rules.Declared | None = None
    sequel: Sequel | None = None

    @property
    def parts(self) -> dict[str, Segmentation]:
        """Cohort to its segmentation, as :attr:`Segmentation.parts`."""
        return dict(self.cohorts.items())

    @property
    def segments(self) -> Any:
        """One row per segment of every cohort."""
        return to_frame(self.segment_columns(), self.kind)

    @property
    def customers(self) -> Any:
        """One row per account, sorted by id: cohort, segment, and what Segmentation.customers has."""
        return to_frame(self.customer_columns(), self.kind)

    @property
    def mismatches(self) -> Any:
        """One row per account whom the rules misplace, most money first, with cohort and reason; None without rules."""
        table = self.mismatch_columns()
        return None if table is None else to_frame(table, self.kind)

    @property
    def ledger(self) -> Any:
        """What cleaning set aside, by reason, then what was kept and all rows: rows, orders, customers, money."""
        return to_frame(self.book.ledger_columns(), self.kind)

    def explain(
        self, account: str | None = None, *, segment: str | None = None
    ) -> CustomerExplanation | SegmentExplanation:
        """Return why *account* is in its segment and what would move it, or what makes *segment* one.

        A segment whose name occurs in several cohorts is named ``cohort: segment``. Raises DataError for an account or
        segment that is not there.
        """
        from .explaining import explain, fitted

        found: dict[str, Fitted] = {
            name: fitted(
                part.model.model,
                part.book.customers,
                part.clustering.labels,
                cohort=name,
                held=None if self.sequel is None else self.sequel.held[self.book.customers.words[COHORT] == name],
            )
            for name, part in self.cohorts.items()
        }
        return explain(found, account, segment=segment)

    def charts(self) -> dict[str, charts.Chart]:
        """Return every chart of every cohort, named ``cohort-chart``, then those of the whole book over time."""
        return {
            f"{name}-{chart}": replace(drawn, name=f"{name}-{chart}")
            for name, part in self.cohorts.items()
            for chart, drawn in part.charts().items()
        } | self.charts_over_time()

    def segment_columns(self) -> dict[str, list[Any]]:
        """Return the segments table as one list per column, the cohort first; shares are of the cohort."""
        tables = {name: part.segment_columns() for name, part in self.cohorts.items()}
        columns = list(dict.fromkeys(column for table in tables.values() for column in table))
        cohorts = [name for name, part in self.cohorts.items() for _ in part.profiles]
        return {COHORT: cohorts} | {
            column: [
                value
                for name, table in tables.items()
                for value in table.get(column, [None] * len(self.cohorts[name].profiles))
            ]
            for column in columns
        }

    def customer_columns(self) -> dict[str, Any]:
        """Return the customers table as one NumPy array per column, sorted by id."""
        columns = together({name: part.customer_columns() for name, part in self.cohorts.items()})
        return columns | (self.sequel.columns(self.book.customers) if self.sequel else {})

    def write_customers(self, paths: Sequence[Path]) -> None:
        """Write the customers table to each of *paths*, Parquet or CSV."""
        columns = self.customer_columns()
        for path in paths:
            publish.write_customers(columns, path)

    def mismatch_columns(self) -> dict[str, Any] | None:
        """Return the misplaced accounts of all cohorts, most money first; None without rules."""
        tables = {name: part.mismatch_columns() for name, part in self.cohorts.items()}
        known = {name: table for name, table in tables.items() if table is not None}
        if not known:
            return None
        joined = together(known)
        order = np.argsort(-np.nan_to_num(joined["money_at_stake"], nan=-1.0), kind="stable")
        return {column: values[order] for column, values in joined.items()}

    def change_columns(self) -> dict[str, Any] | None:
        """Return which accounts moved since the run before, and why; None in a first run."""
        return None if self.sequel is None else self.sequel.moves()

    def save_model(self, folder: Path, version: str) -> None:
        """Write each cohort's model into a folder of its own."""
        for name, part in self.cohorts.items():
            part.save_model(folder / name, version)
        if self.sequel is not None:
            self.sequel.save_models(folder, version)

    def summary(self) -> dict[str, Any]:
        """Return what the manifest says of each cohort."""
        return {
            "rules": self.declared.summary() if self.declared else None,
            "cohorts": {
                name: {"customers": len(part.book.customers), **part.summary()} for name, part in self.cohorts.items()
            },
            "forecast": [forecast_facts(one) for one in self.forecasts] if self.recipe.forecast else None,
            **(self.sequel.facts() if self.sequel else {}),
        }

    def following(self, sequel: Sequel, kept: Mapping[str, Predecessor]) -> CohortSegmentation:
        """Return the same segmentation as *sequel* to another; see :meth:`Segmentation.following`."""
        cohorts = {name: replace(part, kept=kept.get(name)) for name, part in self.cohorts.items()}
        return replace(self, sequel=sequel, cohorts=cohorts)

    def at(self, path: Path, seconds: dict[str, float]) -> CohortSegmentation:
        """Return the same segmentation with its run folder and timings."""
        return replace(self, path=path, seconds=seconds)

    def __repr__(self) -> str:
        return "\n".join(f"{name}: {part!r}" for name, part in self.cohorts.items())


def cohorts_of(
    book: Book, recipe: Recipe, watch: Stopwatch, *, kind: Kind = "pandas", plan_of: PlanOf = found_anew
) -> CohortSegmentation:
    """Stages 4 to 7 for each cohort of *book*; *plan_of* says how its groups are come by."""
    cohort = book.customers.words[COHORT]
    declared = steps.declared(book, watch)  # over all accounts: a company's tiers know no cohorts
    parts: dict[Cohort, Segmentation] = {}
    for name in sources.COHORTS:
        rows = np.flatnonzero(cohort == name)
        if len(rows):
            anew = _anew(book.customers.at(rows), recipe, first_id=_next_id(parts.values()))
            part = _segmented(name, book.customers.at(rows), book, recipe, watch, plan=plan_of(name, anew))
            parts[name] = _compared(name, part, None if declared is None else declared.at(rows), watch)
    if declared is not None:
        parts = _with_one_edit(parts, watch)
    return CohortSegmentation(recipe, book, parts, kind, watch.seconds, declared=declared)


def deciding(recipe: Recipe, name: Cohort, customers: CustomerTable) -> tuple[str, ...]:
    """Return the features that decide in the cohort *name*. Raises UnknownColumn for one that is not there."""
    given = asked_features(recipe, name, customers)
    for feature in given or ():
        if feature not in customers.values:
            raise UnknownColumn(feature, customers.values, where="the accounts")
    if given:
        return tuple(given)
    has_traded = not np.isnan(customers.values["recency_days"]).all()
    known = [feature for feature in (TRADING if has_traded else NOT_TRADING) if feature in customers.values]
    return tuple(feature for feature in known if not np.isnan(customers.values[feature]).all()) or tuple(known[:1])


def enough(recipe: Recipe) -> int:
    """Return how many accounts a cohort needs before groups are looked for."""
    return max(recipe.cohorts.smallest, steps.MINIMUM_CUSTOMERS)


def _next_id(parts: Iterable[Segmentation]) -> int:
    """Return the first id that no segment of *parts* has: an id means one segment, whatever its cohort."""
    return max((segment.number for part in parts for segment in part.profiles), default=-1) + 1


def _anew(customers: CustomerTable, recipe: Recipe, *, first_id: int) -> FoundAnew:
    """Return how the groups of *customers*, those of a cohort, are found where nobody knows them."""
    if len(customers) >= enough(recipe):
        return FoundAnew(first_id)
    has, needed = display.counted(len(customers), "accounts"), enough(recipe)
    return OneSegment(first_id, f"too few to look for groups: {has}, {needed} needed")


def _segmented(
    name: Cohort, customers: CustomerTable, book: Book, recipe: Recipe, watch: Stopwatch, *, plan: Plan
) -> Segmentation:
    own = recipe.cluster.model_copy(update={"k": recipe.cohorts.k.get(name, recipe.cluster.k)})
    # Accounts go from cohort to cohort: what is over time is of the whole book.
    whole = {"name": f"{recipe.name}, {name}", "snapshots": None, "forecast": None}
    recipe = plan.settings(recipe.model_copy(update={"cluster": own, **whole}))
    features = deciding(recipe, name, customers)
    # What all accounts traded is told once, for the whole book.
    part = replace(book, customers=customers, deciding=features, described=lambda: customers, trade=lambda: None)
    prepared, clustering = plan.groups(recipe, part, watch)
    watch.lap("cluster")
    archetypes = name == ACTIVE and len(customers) >= enough(recipe)
    segments = steps.profiled(recipe, part, clustering, archetypes=archetypes, known=plan.known(part, clustering))
    watch.step(f"Segments, {name}", f"{clustering.choice.k} ({clustering.choice.reason})")
    methods = steps.methods_compared(recipe, part, prepared, watch)
    return Segmentation(recipe, part, prepared, clustering, segments, None, "pandas", watch.seconds, methods=methods)


def _compared(name: Cohort, found: Segmentation, declared: rules.Declared | None, watch: Stopwatch) -> Segmentation:
    """Return the cohort with what the rules declare for its accounts, and how that compares."""
    parts = steps.Segmented(found.book, found.prepared, found.clustering, found.profiles)
    comparison = steps.compared(found.recipe, parts, declared, watch, cohort=name)
    return replace(found, declared=declared, comparison=comparison)


def _with_one_edit(parts: dict[Cohort, Segmentation], watch: Stopwatch) -> dict[Cohort, Segmentation]:
    """Return the cohorts with the change of the rules that is best for all of them: they share the rules."""
    from .. import compare

    compared = {name: part.comparison for name, part in parts.items() if part.comparison is not None}
    together = compare.propose_together(list(compared.values()), "all cohorts")
    watch.step("Rules to change", compare.edit_in_words(together[0]))
    watch.lap("compare")
    found = dict(zip(compared, together, strict=True))
    return {name: replace(part, comparison=found.get(name)) for name, part in parts.items()}
