"""The recipe: everything a run does, as one validated document. Comes in: YAML or keywords. Goes out: ``Recipe``.

Paths inside a recipe file are relative to that file. Unknown keys are errors that name the nearest known one.
"""

from __future__ import annotations

import ast
import inspect
import itertools
import re
import textwrap
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from .errors import RecipeError, did_you_mean

Switch = Literal["drop", "keep"]


class Section(BaseModel):
    """A part of the recipe: immutable, and closed to keys it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Columns(Section):
    """Which column of the source plays which role; a role that is left out is guessed from names and content."""

    customer: str | None = None
    """Customer or account: who bought."""
    order: str | None = None
    """Order or invoice: what belongs to one purchase."""
    time: str | None = None
    """Date, or date and time, of the purchase."""
    quantity: str | None = None
    """Units bought."""
    unit_price: str | None = None
    """Price of one unit."""
    amount: str | None = None
    """Money of the line, instead of quantity × unit price."""
    product: str | None = None
    """Product or article code."""
    country: str | None = None
    """Country or region."""

    def given(self) -> dict[str, str]:
        """Return the roles that are set, as role to column name."""
        return {role: name for role, name in self.model_dump().items() if name is not None}


class Format(Section):
    """How a text file is written; what is left out is detected and stated."""

    delimiter: str | None = None
    """One character, or ``whitespace`` for runs of spaces and tabs."""
    header: bool | None = None
    """Whether the first line names the columns."""
    names: list[str] | None = None
    """Column names of a file without a header."""
    encoding: str | None = None
    """utf-8, iso-8859-1, windows-1252 or another name Python knows."""
    decimal: Literal[".", ","] | None = None
    """Decimal mark of numbers."""
    dates: str | None = None
    """``iso``, ``month-first``, ``day-first``, or a strptime pattern such as ``%d-%b-%y``."""
    sheet: str | None = None
    """Sheet of an Excel workbook; the first one otherwise."""


class Source(Section):
    """Where the rows come from."""

    path: str | list[str] | None = None
    """File, folder, glob, or a list of these."""
    connection: str | None = None
    """URL of a DuckDB file (``duckdb:///shop.duckdb``) that holds *table*."""
    table: str | None = None
    """Table of *connection*, or of a DuckDB file given as *path*."""
    kind: Literal["transactions", "customers"] = "transactions"
    """``transactions``: one row per purchase line; ``customers``: one row per customer, features ready."""
    columns: Columns = Columns()
    """Which column plays which role."""
    format: Format = Format()
    """How a text file is written."""
    no_order: Literal["row", "customer-day"] = "row"
    """Without an order column: what counts as one order."""
    timezone: str = "UTC"
    """Zone that zone-aware timestamps are converted to before dates are cut."""


class Cancellations(Section):
    """Which rows are cancellations, and whether to take away the purchase they reverse."""

    order_prefix: str | None = "C"
    """Order ids with this prefix are cancellations; null: none are."""
    negative_quantity: bool = True
    """Rows with a negative quantity (or, without quantities, a negative amount) are cancellations."""
    net: bool = False
    """Also set aside the earlier purchase (same customer, product and quantity) that a cancellation reverses."""


class NonProduct(Section):
    """Codes that are not products: postage, bank charges, samples."""

    pattern: str
    """Regular expression that a whole product code has to match."""

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, pattern: str) -> str:
        try:
            re.compile(pattern)
        except re.error as error:
            message = f"{pattern!r} is not a regular expression: {error}"
            raise ValueError(message) from error
        if re.search(r"\(\?(?:[=!]|<[=!]|P=)|\\[1-9]", pattern):
            message = (
                f"{pattern!r} looks ahead or behind or refers back, which engines do not do: list the codes instead"
            )
            raise ValueError(message)
        return pattern


class DateLimits(Section):
    """Dates that can be true; rows outside are set aside."""

    earliest: date = date(1970, 1, 1)
    """First possible date."""
    latest: date | None = None
    """Last possible date; without it, the day the run is made."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.latest is not None and self.latest < self.earliest:
            message = f"latest {self.latest} lies before earliest {self.earliest}"
            raise ValueError(message)
        return self


class Clean(Section):
    """Rules that set rows aside, applied in this order; a row counts for the first rule it breaks."""

    missing_customer: Switch = "drop"
    """Rows without a customer; ``keep`` treats them as one unnamed customer."""
    duplicates: Switch = "drop"
    """Second and later copies of rows that are equal in every column."""
    cancellations: Cancellations | Literal["keep"] = Cancellations()
    """Reversed purchases."""
    non_positive: Switch = "drop"
    """Rows whose quantity, price or amount is zero or negative."""
    unparseable: Switch = "drop"
    """Rows whose date or money cannot be read; ``keep`` keeps those whose date and customer can, with no money."""
    non_product: NonProduct | Literal["keep"] = "keep"
    """Rows whose product code is not a product."""
    dates: DateLimits | Literal["keep"] = "keep"
    """Rows with impossible or future dates."""


class Impute(Section):
    """What stands in for missing values."""

    method: Literal["median", "mean", "constant"] = "median"
    """Statistic that replaces a missing value."""
    value: float = 0.0
    """The replacement for ``constant``."""
    flags: bool = False
    """Add a 0/1 column that says where a value was missing."""


class Outliers(Section):
    """Customers far from all others: how they are found and what happens to them. None is ever lost from the output."""

    method: Literal["zscore", "iqr", "percentile", "none"] = "zscore"
    """Rule that flags a value."""
    threshold: float = Field(3.0, gt=0)
    """zscore: standard deviations; iqr: interquartile ranges beyond the quartiles; percentile: percent of each tail."""
    policy: Literal["fit_without", "clip", "keep", "drop"] = "fit_without"
    """fit_without: not used to find segments, assigned afterwards; clip: pulled to the limit; keep: only flagged;
    drop: not used and put in a segment of their own."""
    measured: Literal["transformed", "original"] = "transformed"
    """Scale the rule looks at: after or before the transform."""


class Transform(Section):
    """Which features are transformed towards symmetry, by method."""

    log1p: list[str] = []
    """log(1 + x), for non-negative skewed features."""
    yeo_johnson: list[str] = []
    """The Yeo–Johnson power transform, for features that can be negative."""
    quantile: list[str] = []
    """Ranks mapped to a normal distribution."""


class Prepare(Section):
    """From features in real units to the matrix in which distances make sense, and back."""

    impute: Impute = Impute()
    """Missing values."""
    outliers: Outliers = Outliers()
    """Extreme customers."""
    transform: Transform | Literal["auto", "none"] = "auto"
    """``auto`` decides by each feature's skewness, and says how."""
    scale: Literal["standard", "minmax", "robust", "none"] = "standard"
    """How features are made comparable."""


class Cluster(Section):
    """How groups are found."""

    method: Literal["kmeans"] = "kmeans"
    """The algorithm."""
    k: Annotated[int, Field(ge=1)] | Literal["auto"] = "auto"
    """Number of segments."""
    k_range: tuple[Annotated[int, Field(ge=2)], Annotated[int, Field(ge=2)]] = (2, 10)
    """Smallest and largest number that is tried."""
    seed: int = Field(7, ge=0)
    """Seed of every random choice of the run."""
    starts: int = Field(10, ge=1)
    """Random starts for each number of segments; the best one counts."""
    start_from: list[dict[str, float]] | None = None
    """Centres to start from instead of random ones: per segment, feature to value in real units."""
    min_share: float = Field(0.02, ge=0, lt=0.5)
    """Smallest useful segment, as a share of customers."""

    @model_validator(mode="after")
    def _range_is_a_range(self) -> Self:
        if self.k_range[0] > self.k_range[1]:
            message = f"k_range has to go from small to large, not {list(self.k_range)}"
            raise ValueError(message)
        if self.start_from is not None and self.k != len(self.start_from):
            message = (
                f"start_from gives {len(self.start_from)} centres, so k has to be {len(self.start_from)}, not {self.k}"
            )
            raise ValueError(message)
        return self


class Rules(Section):
    """Segments that are declared rather than found."""

    map: str | None = None
    """Map from scores to segments, ``rf-10``, ``rfm-11`` or a YAML file; it adds rule_code and rule_segment."""


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
    features: list[str] | None = None
    """Features that decide the segments; without it, recency_days, frequency, monetary (all of a customer table)."""
    describe: list[str] | None = None
    """Further features that are computed and shown for each segment; without it, all that the columns allow."""
    prepare: Prepare = Prepare()
    """From features to a matrix."""
    cluster: Cluster = Cluster()
    """How groups are found."""
    rules: Rules = Rules()
    """Segments that are declared, beside those that are found."""
    names: dict[str, str] = {}
    """Own names in place of generated ones: generated name to own name."""
    playbook: str | None = None
    """File with own actions per archetype, in place of those that Segmentry brings."""

    def save(self, path: Path) -> None:
        """Write the recipe as YAML, every setting spelled out, paths absolute: it runs from anywhere."""
        document = _relative_to(Path.cwd(), self).model_dump(mode="json")
        import yaml

        path.write_text(yaml.safe_dump(document, sort_keys=False, allow_unicode=True), encoding="utf-8")


def meanings(section: type[BaseModel]) -> dict[str, str]:
    """Return what each setting of *section* means: the docstring below it.

    Read from the source when somebody asks; letting pydantic do it costs every start 0.1 s.
    """
    body = ast.parse(textwrap.dedent(inspect.getsource(section))).body[0]
    assert isinstance(body, ast.ClassDef)  # noqa: S101 -- a section is a class
    found = {}
    for setting, text in itertools.pairwise(body.body):
        is_text = isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant)
        if isinstance(setting, ast.AnnAssign) and isinstance(setting.target, ast.Name) and is_text:
            found[setting.target.id] = inspect.cleandoc(str(text.value.value))  # type: ignore[attr-defined]
    return found


def load_recipe(path: Path) -> Recipe:
    """Read the recipe at *path*; paths in it become relative to its folder. Raises RecipeError."""
    import yaml  # a run of a data file reads none

    try:
        text = path.read_text(encoding="utf-8")
        document = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 -- the C twin
    except (OSError, UnicodeDecodeError) as error:
        raise RecipeError(f"The recipe {str(path)!r} cannot be read: {error}.") from error
    except yaml.YAMLError as error:
        raise RecipeError(f"{str(path)!r} is not valid YAML: {error}.") from error
    if not isinstance(document, dict):
        raise RecipeError(
            f"{str(path)!r} is not a recipe.", possible="A recipe is a YAML mapping.", action="Run: segmentry init DATA"
        )
    return _relative_to(path.parent, parse_recipe(document, where=str(path)))


def parse_recipe(document: dict[str, Any], *, where: str = "the settings") -> Recipe:
    """Return the recipe that *document* describes. Raises RecipeError with every fault and the nearest known key."""
    try:
        return Recipe.model_validate(document)
    except ValidationError as error:
        raise RecipeError(f"{where}: {' '.join(_faults(error)[:5])}") from error


def _faults(error: ValidationError) -> list[str]:
    """Return one sentence per place that is wrong; where a setting may be several things, what it may be in one."""
    found: dict[tuple[str, ...], list[Any]] = {}
    for fault in error.errors():
        place = tuple(str(part) for part in fault["loc"] if not _is_type_tag(str(part)))
        found.setdefault(place, []).append(fault)
    # What a setting could have been instead says nothing where a deeper fault shows what it was meant to be.
    deepest = [
        place for place in found if not any(len(other) > len(place) and other[: len(place)] == place for other in found)
    ]
    return [_fault(place, found[place]) for place in deepest]


def _fault(place: tuple[str, ...], faults: list[Any]) -> str:
    setting = ".".join(place)
    if faults[0]["type"] == "extra_forbidden":
        known = _known_keys(list(place[:-1]))
        hint = did_you_mean(place[-1], known) or f"Known: {', '.join(known)}."
        return f"Unknown setting {setting!r}. {hint}"
    messages = [str(fault["msg"]).removeprefix("Value error, ").removeprefix("Input ") for fault in faults]
    wanted = " or ".join(
        dict.fromkeys([messages[0], *(message.removeprefix("should be ") for message in messages[1:])])
    )
    return f"{setting or 'The recipe'}: {wanted} (found {faults[0]['input']!r})."


def _is_type_tag(part: str) -> bool:
    """Whether *part* is pydantic's name for a branch of a union rather than a key of the recipe."""
    return part[:1].isupper() or "[" in part or part.startswith("constrained-") or part in {"int", "str"}


def _known_keys(place: list[str]) -> list[str]:
    section: type[BaseModel] = Recipe
    for key in place:
        annotation = section.model_fields[key].annotation
        options = (annotation, *getattr(annotation, "__args__", ()))
        section = next(option for option in options if isinstance(option, type) and issubclass(option, BaseModel))
    return list(section.model_fields)


def _relative_to(folder: Path, recipe: Recipe) -> Recipe:
    def anchored(path: str) -> str:
        return str(folder / Path(path).expanduser())

    paths = recipe.source.path
    moved = None if paths is None else anchored(paths) if isinstance(paths, str) else [anchored(path) for path in paths]
    source = recipe.source.model_copy(update={"path": moved})
    playbook = None if recipe.playbook is None else anchored(recipe.playbook)
    rules = recipe.rules
    if rules.map is not None and rules.map.endswith((".yaml", ".yml")):
        rules = rules.model_copy(update={"map": anchored(rules.map)})
    return recipe.model_copy(update={"source": source, "playbook": playbook, "rules": rules})
