"""The whole recipe, and where its relative paths lead."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from ..addresses import is_address
from .clean import Clean
from .cluster import BY_DENSITY, Cluster
from .cohorts import Cohorts
from .compare import Compare
from .prepare import Prepare
from .products import Products
from .publish import Publish
from .refresh import Refresh
from .report import Report
from .rules import Frozen, Rules
from .section import Section
from .snapshots import Forecast, Snapshots
from .source import Source


class Recipe(Section):
    """Everything a run does."""

    name: str = "segments"
    """Name of the segmentation, for titles."""
    source: Source = Source()
    """Where the rows come from."""
    as_of: date | None = None
    """Date the features look back from; without it, the day after the last event that cleaning kept."""
    window_days: int | None = Field(None, ge=1)
    """Only events in so many days before *as_of* count; without it, all do."""
    clean: Clean = Clean()
    """Rules that set rows aside."""
    cohorts: Cohorts = Cohorts()
    """For accounts: which belong together before segments are found."""
    features: list[str] | None = None
    """Features that decide the segments; without it, recency_days, frequency, monetary (all of a customer table; of
    accounts also nav, and where there are no trades nav, account_age_days, deposits). ``share_of_*`` stands for all
    shares of categories."""
    describe: list[str] | None = None
    """Further features that are computed and shown for each segment; without it, all that the columns allow,
    but for shares of categories (``share_of_*``)."""
    prepare: Prepare = Prepare()
    """From features to a matrix."""
    cluster: Cluster = Cluster()
    """How groups are found."""
    products: Products = Products()
    """What segments buy."""
    rules: Rules = Rules()
    """Segments that are declared, beside those that are found."""
    compare: Compare = Compare()
    """How the two are compared."""
    vocabulary: Literal["auto", "rfm-4", "credit-card"] = "auto"
    """What segments are called: ``auto`` takes the words that fit the columns (the eleven R/F/M names, credit cards, or
    what stands out); ``rfm-4`` says High-Value Loyal, At-Risk High-Value, New/Potential, Low-Value/Churned."""
    names: dict[str, str] = {}
    """Own names in place of generated ones: generated name to own name."""
    playbook: str | None = None
    """File with own actions per archetype, in place of those that Segmentry brings."""
    snapshots: Snapshots | None = None
    """Segments as of past dates, and who moved; without it, only those of the as-of date."""
    forecast: Forecast | None = None
    """Where customers will be next; it learns from the snapshots."""
    refresh: Refresh = Refresh()
    """When a model that is kept is worn out, and how readily customers move."""
    report: Report = Report()
    """The report."""
    publish: list[Publish] = []
    """Tables of databases that get the customers and their segments."""

    @model_validator(mode="after")
    def _forecasts_learn_from_snapshots(self) -> Self:
        if self.forecast is not None and self.snapshots is None:
            raise ValueError("forecast learns from past dates: set snapshots too")
        return self

    @model_validator(mode="after")
    def _cohorts_take_a_number(self) -> Self:
        if self.cluster.method in BY_DENSITY and any(k != "auto" for k in self.cohorts.k.values()):
            message = (
                f"cohorts.k gives numbers of segments, but {self.cluster.method} finds its own: leave cohorts.k out"
            )
            raise ValueError(message)
        return self

    def save(self, path: Path) -> None:
        """Write the recipe as YAML, every setting spelled out, paths absolute: it runs from anywhere."""
        document = relative_to(Path.cwd(), self).model_dump(mode="json")
        import yaml

        path.write_text(yaml.safe_dump(document, sort_keys=False, allow_unicode=True), encoding="utf-8")


def relative_to(folder: Path, recipe: Recipe) -> Recipe:
    """Return *recipe* with its relative paths taken from *folder*."""

    def anchored(path: str) -> str:
        return path if is_address(path) else str(folder / Path(path).expanduser())

    def moved(paths: str | list[str] | None) -> str | list[str] | None:
        return None if paths is None else anchored(paths) if isinstance(paths, str) else list(map(anchored, paths))

    def opened(address: str | None) -> str | None:
        place = (address or "").removeprefix("duckdb:///")
        return address if place == (address or "") or place.startswith("/") else f"duckdb:///{anchored(place)}"

    book = recipe.source.book
    tables = {name: moved(getattr(book, name)) for name in ("trades", "accounts", "nav")}
    source = recipe.source.model_copy(
        update={
            "path": moved(recipe.source.path),
            "connection": opened(recipe.source.connection),
            "book": book.model_copy(update=tables),
        }
    )
    playbook = None if recipe.playbook is None else anchored(recipe.playbook)
    changes: dict[str, object] = {}
    if isinstance(recipe.rules.map, str) and recipe.rules.map.endswith((".yaml", ".yml")):
        changes["map"] = anchored(recipe.rules.map)
    if isinstance(recipe.rules.thresholds, Frozen):
        changes["thresholds"] = Frozen(frozen=anchored(recipe.rules.thresholds.frozen))
    rules = recipe.rules.model_copy(update=changes)
    return recipe.model_copy(update={"source": source, "playbook": playbook, "rules": rules})
