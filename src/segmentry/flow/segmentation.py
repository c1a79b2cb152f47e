"""What a run found, as one object to look at: tables, charts, report, model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import cluster, prepare, profile, publish, rules
from ..core import display
from ..core.errors import DataError, RecipeError, did_you_mean
from ..core.recipe import Recipe
from ..runs import Model, save_model
from . import steps
from .drifting import REFERENCE, reference_before, reference_of
from .frames import Kind, to_frame
from .method_facts import choice_facts, forecast_facts, method_facts
from .over_time import OverTime
from .scoring import SegmentModel
from .steps import Book

if TYPE_CHECKING:
    from .. import charts, compare
    from ..explain import CustomerExplanation, SegmentExplanation
    from .predecessor import Predecessor
    from .sequel import Sequel


@dataclass(frozen=True, repr=False)
class Segmentation(OverTime):
    """Named segments of a customer book. Frames come in the kind that went in (pandas for files).

    Attributes
    ----------
    recipe
        The settings.
    book
        The customers with their features, the facts on the source, and the ledger.
    prepared, clustering, profiles
        What stages 4, 5 and 6 handed on.
    declared
        The segments that the recipe's rules declare, where it has any.
    kind
        The kind that frames come in.
    seconds
        Wall time per stage.
    path
        The run folder, when one was written.
    comparison
        Found segments beside declared ones, where the recipe has rules.
    methods
        Other methods beside the recipe's, where it asks for them (``cluster.compare``).
    counted
        How many customers segments have, and the sums of their features, where too many were there to be fetched.
    sequel
        What a refresh knows of the run before.
    kept
        What the model was kept from; None where it is fitted here.
    """

    recipe: Recipe
    book: Book
    prepared: prepare.Prepared
    clustering: cluster.Clustering
    profiles: tuple[profile.Segment, ...]
    declared: rules.Declared | None
    kind: Kind
    seconds: dict[str, float]
    path: Path | None = None
    comparison: compare.Comparison | None = None
    methods: cluster.MethodComparison | None = None
    counted: profile.Counted | None = None
    sequel: Sequel | None = None
    kept: Predecessor | None = None

    @property
    def parts(self) -> dict[str, Segmentation]:
        """The segmentation itself, of all customers: the only cohort, which has no name."""
        return {"": self}

    @property
    def segments(self) -> Any:
        """One row per segment: size, share, revenue, mean and median of each feature, name, reason, advice."""
        return to_frame(self.segment_columns(), self.kind)

    @property
    def customers(self) -> Any:
        """One row per customer: segment, features in real units, confidence, nearest other segment, outlier or not."""
        return to_frame(self.customer_columns(), self.kind)

    @property
    def mismatches(self) -> Any:
        """One row per customer whom the rules misplace, most money first, with the reason; None without rules."""
        table = self.mismatch_columns()
        return None if table is None else to_frame(table, self.kind)

    @property
    def ledger(self) -> Any:
        """What cleaning set aside, by reason, then what was kept and all rows: rows, orders, customers, money."""
        return to_frame(self.book.ledger_columns(), self.kind)

    @cached_property
    def bought(self) -> profile.Products | None:
        """What each segment buys, computed when first asked for; none where the source has no product or category."""
        return steps.products(self.recipe, self.book, self.clustering.labels, self.profiles, self.model.model)

    @property
    def products(self) -> Any:
        """One row per segment and product: buyers, shares, lift with its interval, revenue. Raises DataError."""
        if self.bought is None:
            raise DataError(
                "There are no products in this segmentation.",
                possible="It needs a column of products or categories.",
                action="Name it: product=… or category=…, or source.columns.product.",
            )
        return to_frame(self.bought.table(), self.kind)

    @property
    def model(self) -> SegmentModel:
        """The fitted segmentation, to label new customers with and to save."""
        keys = ("id", "name", "archetype", "tone", "reason", "number", "shade")
        return SegmentModel(
            Model(
                recipe=self.recipe,
                as_of=self.book.customers.as_of,
                roles=self.book.facts.roles,
                features=self.book.deciding,
                columns=tuple(self.book.customers.column(name) for name in self.book.deciding),
                pipeline=self.prepared.pipeline,
                centroids=self.clustering.centroids,
                segments=(*({key: getattr(one, key) for key in keys} for one in self.profiles), *self._empty()),
                assigner=self.clustering.assigner,
            )
        )

    def _empty(self) -> list[dict[str, Any]]:
        """Return the segments of a kept model in which nobody is today: who comes back finds id, name and colour."""
        there = {one.id for one in self.profiles}
        return [] if self.kept is None else [one for one in self.kept.model.segments if one["id"] not in there]

    def explain(
        self, customer: str | None = None, *, segment: str | None = None
    ) -> CustomerExplanation | SegmentExplanation:
        """Return why *customer* is in its segment and what would move it, or what makes *segment* one.

        ``print`` says it in sentences. Raises DataError for a customer or segment that is not there.
        """
        from .explaining import explain, fitted, fitted_run

        if self.book.everyone is not None and self.path is not None:  # here is a sample; the run folder has all
            return explain(fitted_run(self.path), customer, segment=segment)
        held = None if self.sequel is None else self.sequel.held
        found = fitted(self.model.model, self.book.customers, self.clustering.labels, held=held)
        return explain({"": found}, customer, segment=segment)

    def chart(self, name: str) -> Any:
        """Return the chart *name* (see ``charts()``) as an Altair chart. Raises RecipeError for an unknown name."""
        known = self.charts()
        if name not in known:
            raise RecipeError(
                f"There is no chart {name!r}.",
                possible=f"Charts: {', '.join(known)}.",
                action=did_you_mean(name, known),
            )
        return known[name].altair()

    def charts_of_customers(self) -> dict[str, charts.Chart]:
        """Return the charts that need no further question to the data: all but those on products."""
        from ..charts import build_charts

        declared = self.declared.segments if self.declared else steps.grid(self.book)
        return build_charts(
            segments=self.profiles,
            customers=self.book.customers,
            labels=self.clustering.labels,
            prepared=self.prepared,
            clustering=self.clustering,
            ledger=self.book.ledger,
            seed=self.recipe.cluster.seed,
            comparison=self.comparison,
            trade=self.book.trade(),
            declared=declared,
            declared_by="rules" if self.declared else "the grid of recency and frequency (rf-10)",
            tsne=self.recipe.report.tsne,
            methods=self.methods,
        )

    def charts(self) -> dict[str, charts.Chart]:
        """Return every chart of this segmentation by name, in the order of the report."""
        from ..charts import build_product_charts

        return self.charts_of_customers() | build_product_charts(self.bought, self.profiles) | self.charts_over_time()

    def report(self, path: str | Path) -> Path:
        """Write the report to *path*, one self-contained HTML file, and return the path."""
        from .reporting import write_report

        write_report(self, Path(path))
        return Path(path)

    def segment_columns(self) -> dict[str, list[Any]]:
        """Return the segments table as one list per column."""
        return publish.segments_table(self.profiles)

    def customer_columns(self) -> dict[str, Any]:
        """Return the customers table as one NumPy array per column. Raises DataError where they are too many."""
        if self.book.everyone is not None:
            raise DataError(
                f"{display.count(self.book.customers.count)} customers are too many to be fetched.",
                possible="customers.parquet of the run folder has them all.",
                action="Read what you need from there, or set cluster.fetch_at_most higher.",
            )
        return publish.customers_table(
            self.book.customers,
            names=self.model.model.names(),
            labels=self.clustering.labels,
            nearest_other=self.clustering.nearest_other,
            confidence=self.clustering.confidence,
            is_outlier=self.prepared.is_outlier,
            memberships=self.clustering.memberships,
            numbers={segment.id: segment.number for segment in self.profiles},
            declared=self.declared.columns() if self.declared else {},
        ) | (self.sequel.columns(self.book.customers) if self.sequel else {})

    def write_customers(self, paths: Sequence[Path]) -> None:
        """Write the customers table to each of *paths*, Parquet or CSV."""
        everyone, model = self.book.everyone, self.model.model
        columns = self.customer_columns() if everyone is None else {}
        for path in paths:
            if everyone is None:
                publish.write_customers(columns, path)
            else:
                everyone.write(model, path)

    def mismatch_columns(self) -> dict[str, Any] | None:
        """Return the misplaced customers as one NumPy array per column; None without rules."""
        return None if self.comparison is None else self.comparison.mismatches.columns()

    def change_columns(self) -> dict[str, Any] | None:
        """Return who moved since the run before, and why, as one NumPy array per column; None in a first run."""
        return None if self.sequel is None else self.sequel.moves()

    def save_model(self, folder: Path, version: str) -> None:
        """Write the model into *folder*."""
        save_model(self.model.model, folder, version=version)

    def summary(self) -> dict[str, Any]:
        """Return what the manifest says of the segments: outliers, rules, features left out, and how k was chosen."""
        return {
            "outliers": self.counted.outliers if self.counted else int(self.prepared.is_outlier.sum()),
            "rules": self.declared.summary() if self.declared else None,
            "comparison": self.comparison.figures() if self.comparison else None,
            "left_out": self.prepared.left_out,
            "k": choice_facts(self.clustering.choice),
            "method": method_facts(self.clustering, self.methods),
            REFERENCE: reference_of(self) if self.kept is None else reference_before(self.kept),
            "forecast": [forecast_facts(one) for one in self.forecasts] if self.recipe.forecast else None,
            **(self.sequel.facts() if self.sequel else {}),
        }

    def following(self, sequel: Sequel, kept: Mapping[str, Predecessor]) -> Segmentation:
        """Return the same segmentation as *sequel* to another; *kept* is what the models of cohorts were kept from."""
        return replace(self, sequel=sequel, kept=kept.get(""))

    def at(self, path: Path, seconds: dict[str, float]) -> Segmentation:
        """Return the same segmentation with its run folder and timings."""
        return replace(self, path=path, seconds=seconds)

    def __repr__(self) -> str:
        size = display.count(self.book.customers.count)
        lines = [f"Segmentation of {size} customers in {len(self.profiles)} segments ({self.clustering.choice.reason})"]
        lines += [
            f"  {s.name:30s} {display.count(s.customers):>10s}  {display.share(s.share):>7s}" for s in self.profiles
        ]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        from ..report import segments_html

        return segments_html(self.profiles, title=repr(self).splitlines()[0])
