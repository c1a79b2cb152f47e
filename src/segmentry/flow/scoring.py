"""Label customers with a saved model: the same reading, cleaning, features and preparation, then the model's rule."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..core.addresses import is_address
from ..core.errors import RecipeError, SourceNotFound
from ..core.progress import Progress, Silent
from ..core.recipe import Columns, Recipe
from ..runs import Model, load_model, load_models, save_model
from .frames import Kind, kind_of, to_frame
from .segmenting import read

if TYPE_CHECKING:
    from .. import clean, sources
    from ..explain import CustomerExplanation, SegmentExplanation
    from .account_scoring import CohortModel


@dataclass(frozen=True)
class Scored:
    """Labelled customers: the customers table as columns, how the data was read and cleaned, and the as-of date."""

    columns: dict[str, Any]
    facts: sources.Facts
    ledger: clean.Ledger
    as_of: date | None

    def write(self, path: Path) -> None:
        """Write the customers table to *path*, Parquet or (by its ending) CSV."""
        from .. import publish

        publish.write_customers(self.columns, path)


@dataclass(frozen=True)
class SegmentModel:
    """A fitted segmentation that labels customers from their purchases.

    ``run`` is the folder it was loaded from: explanations read the customers of the run there.
    """

    model: Model
    run: Path | None = None

    def assign(self, data: Any, *, as_of: date | str | None = None) -> Any:
        """Return the customers of *data* (a frame like the one the model was fitted on, or a path) with their segments.

        Columns: ``customer_id, segment, segment_id``, the features, ``confidence, nearest_other_segment, is_outlier``.
        For *as_of* see :func:`score`.
        """
        kind: Kind = "pandas" if isinstance(data, str | Path) else kind_of(data)
        return to_frame(score(self.model, data, as_of=as_of).columns, kind)

    def explain(
        self, customer: str | None = None, *, segment: str | None = None
    ) -> CustomerExplanation | SegmentExplanation:
        """Return why *customer* is in its segment and what would move it, or what makes *segment* one.

        For a model that ``load`` read from a run folder. Raises DataError for a name that is not in the run, and
        SourceNotFound for a model without its run.
        """
        from .explaining import explain, fitted_run

        if self.run is None:
            raise SourceNotFound(
                "This model was not loaded from a run, so it has no customers to explain.",
                action="Load the run folder: segmentry.load('runs/…').",
            )
        return explain(fitted_run(self.run), customer, segment=segment)

    def save(self, path: str | Path) -> None:
        """Write the model into the folder *path*."""
        from .. import __version__

        save_model(self.model, Path(path), version=__version__)

    def __repr__(self) -> str:
        names = ", ".join(self.model.names().values())
        return f"SegmentModel(as of {self.model.as_of}, on {', '.join(self.model.features)}: {names})"


def load(path: str | Path) -> SegmentModel | CohortModel:
    """Read the model at *path* (a model folder or a run folder), of accounts one per cohort. Raises ModelError."""
    models = load_models(Path(path))
    if not models:
        return SegmentModel(load_model(Path(path)), Path(path))
    from .account_scoring import CohortModel

    return CohortModel(models)


def score(
    model: Model | SegmentModel | CohortModel | str | Path,
    data: Any,
    *,
    as_of: date | str | None = None,
    table: str | None = None,
    progress: Progress | None = None,
) -> Scored:
    """Return the segment that *model*, or the one at that path, gives each customer in *data*: a frame, a file, or the
    URL of an engine with the *table*.

    Features look back from *as_of*. Without it: from the date the recipe pins; otherwise from the model's own date, or
    from the day after the last event of *data* when that is later. So the data of the fit, or a part of it, gets the
    labels of the fit. Raises RecipeError for an *as_of* that is no date.
    """
    from .. import publish
    from . import purchases
    from .account_scoring import CohortModel, labelled
    from .customers import customers_book

    progress = progress or Silent()
    as_of = _day(as_of)
    if isinstance(model, str | Path):
        model = load(model)
    if isinstance(model, CohortModel):
        columns, book = labelled(model, data, as_of=as_of, progress=progress)
        return Scored(columns, book.facts, book.ledger, book.customers.as_of)
    if isinstance(model, SegmentModel):
        model = model.model
    frame = None if isinstance(data, str | Path) else data
    recipe = for_scoring(model, data, as_of, table)
    raw, engine = read(recipe, frame, progress)
    recipe = with_known_columns(recipe, model, raw.columns)
    if recipe.source.kind == "customers":
        book = customers_book(recipe, raw, engine, progress)
    else:
        book = purchases.transactions_book(recipe, raw, engine, progress, not_before=model.as_of)
    found = model.label(book.customers)
    columns = publish.customers_table(
        book.customers,
        names=model.names(),
        labels=found.labels,
        nearest_other=found.nearest_other,
        confidence=found.confidence,
        is_outlier=found.is_outlier,
        memberships=found.memberships,
        numbers=model.numbers(),
    )
    return Scored(columns, book.facts, book.ledger, book.customers.as_of)


def _day(given: date | str | None) -> date | None:
    """Return the date *given*, which may be text (YYYY-MM-DD) or have a time. Raises RecipeError."""
    if isinstance(given, datetime):
        return given.date()
    if given is None or isinstance(given, date):
        return given
    try:
        return date.fromisoformat(given)
    except (TypeError, ValueError) as error:
        raise RecipeError(f"as_of: {given!r} is not a date.", possible="Dates are written YYYY-MM-DD.") from error


def for_scoring(model: Model, data: Any, as_of: date | None, table: str | None = None) -> Recipe:
    """Return the model's recipe with *data* (a frame, a path, or the URL of an engine with the *table*) for its source;
    only what was given by hand stays of the old one.
    """
    path = str(data) if isinstance(data, str | Path) else None
    place: dict[str, Any] = {"path": path, "connection": None}
    if path is not None and is_address(path):
        # Where the model's own rows came from an engine, the same files or table are meant there.
        place = {"path": model.recipe.source.path if model.recipe.source.connection else None, "connection": path}
    source = model.recipe.source.model_copy(update={**place, "columns": Columns()})
    if table is not None:
        source = source.model_copy(update={"table": table})
    # Only the deciding features are needed: what describes segments may need columns that new data lack.
    return model.recipe.model_copy(
        update={
            "source": source,
            "features": list(model.features),
            "describe": [],
            "as_of": as_of or model.recipe.as_of,
            "publish": [],
        }
    )


def with_known_columns(recipe: Recipe, model: Model, available: tuple[str, ...]) -> Recipe:
    """Return *recipe* with the roles as the model had them, where those columns exist; the others are guessed again."""
    known = {role: column for role, column in model.roles.items() if column in available}
    source = recipe.source.model_copy(update={"columns": Columns(**known)})
    return recipe.model_copy(update={"source": source})
