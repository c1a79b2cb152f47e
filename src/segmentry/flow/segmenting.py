"""Find segments: from a recipe, or from a caller's frame, to a ``Segmentation``. Nothing is written."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from .. import sources
from ..core.errors import RecipeError
from ..core.progress import Progress, Silent
from ..core.recipe import Recipe, parse_recipe
from .frames import Kind, kind_of, with_columns
from .stopwatch import Stopwatch

if TYPE_CHECKING:
    import duckdb

    from .. import rules
    from ..engine import Engine
    from .cohorts import CohortSegmentation
    from .plans import PlanOf
    from .segmentation import Segmentation
    from .steps import Book

    Found: TypeAlias = Segmentation | CohortSegmentation
    MakeBook: TypeAlias = Callable[[Recipe, sources.Raw, Engine, Progress], Book]

# What a run needs to read, and once its rows are read; it is imported while the file is unpacked and read.
EARLY = ("segmentry.sources.delimited",)
IBIS = "ibis.backends.duckdb"
LATER = (
    "segmentry.sources.canonical",
    "segmentry.flow.customers",
    "segmentry.flow.purchases",
    "segmentry.flow.segmentation",
    "segmentry.flow.writing",
    "yaml",
    "numpy.ma",
    "numpy.random",
)
DRAWING = "segmentry.flow.reporting"
COMPARING = "segmentry.compare"
# Parts of a recipe on which no query depends.
NOT_IN_QUERIES: Any = dict.fromkeys(
    (
        "name",
        "names",
        "playbook",
        "prepare",
        "cluster",
        "rules",
        "compare",
        "report",
        "vocabulary",
        "products",
        "snapshots",
        "forecast",
    ),
    True,
) | {"source": {"path"}}


def segment(
    frame: Any,
    *,
    customer: str | None = None,
    order: str | None = None,
    time: str | None = None,
    quantity: Any = None,
    unit_price: Any = None,
    amount: Any = None,
    product: str | None = None,
    description: str | None = None,
    category: str | None = None,
    country: str | None = None,
    k: int | str = "auto",
    progress: Progress | None = None,
    **settings: Any,
) -> Segmentation:
    """Return the segments of the purchases in *frame* (pandas, Polars, PyArrow: one row per purchase line).

    Parameters
    ----------
    frame
        The purchases.
    customer, order, time, quantity, unit_price, amount, product, description, category, country
        Column names of the roles; what is left out is guessed. *quantity*, *unit_price* and *amount* may also be a
        column computed from the frame: ``amount=orders.Quantity * orders.UnitPrice``.
    k
        Number of segments, or ``auto``.
    progress
        A listener; silent otherwise.
    settings
        Any other part of a recipe: ``as_of``, ``features``, ``clean={…}``, ``prepare={…}``, ``cluster={…}`` …

    Raises
    ------
    SegmentryError
        For data or settings that cannot be segmented; the message says what to do.
    """
    roles = {
        "customer": customer, "order": order, "time": time, "quantity": quantity, "unit_price": unit_price,
        "amount": amount, "product": product, "description": description, "category": category, "country": country,
    }  # fmt: skip
    frame, named = with_columns(frame, {role: value for role, value in roles.items() if value is not None})
    document = dict(settings)
    source = dict(document.get("source", {}))
    document["source"] = source | {"columns": source.get("columns", {}) | named}
    document["cluster"] = {"k": k} | dict(document.get("cluster", {}))
    return cast("Segmentation", find_segments(parse_recipe(document), frame=frame, progress=progress or Silent()))


def find_segments(recipe: Recipe, *, frame: Any = None, progress: Progress | None = None) -> Found:
    """Return the segments that *recipe* describes, of its source or of *frame*."""
    kind: Kind = kind_of(frame) if frame is not None else "pandas"
    watch = Stopwatch(progress or Silent())
    book = read_book(recipe, watch, frame=frame)
    return find(book, recipe, watch, kind=kind)


def find(
    book: Book, recipe: Recipe, watch: Stopwatch, *, kind: Kind = "pandas", plan_of: PlanOf | None = None
) -> Found:
    """Return the segments of *book*; see :func:`segments_of`. Nothing is written."""
    with ThreadPoolExecutor(1) as aside:
        return segments_of(book, recipe, watch, aside, kind=kind, plan_of=plan_of)


def read_book(
    recipe: Recipe,
    watch: Stopwatch,
    *,
    frame: Any = None,
    with_charts: bool = False,
    memory: str | None = None,
    of_purchases: MakeBook | None = None,
) -> Book:
    """Stages 1 to 3: return the customers of the recipe's source, or of *frame*.

    *with_charts* says that charts will be drawn afterwards: their modules are imported while the data are read.
    *memory* (``4GB``) is what the process may take; *of_purchases* makes the book of transactions in another way.
    """
    rulebook = read_rulebook(recipe)  # what is wrong with rules is said before anything is read
    if recipe.source.kind == "accounts":
        if frame is not None:
            raise RecipeError(
                "Accounts cannot be read from a frame: trades and accounts are two tables.",
                action="Write them to files, and name them: source.book.trades, source.book.accounts.",
            )
        from .accounts import accounts_book

        book = accounts_book(recipe, watch, memory=memory)
        watch.lap("read, clean and features")
        return _with_rules(book, rulebook, recipe)
    later = [*LATER, *[DRAWING] * with_charts, *[COMPARING] * (rulebook is not None)]
    raw, engine = read(recipe, frame, watch, meanwhile=later, memory=memory)
    watch.lap("read")
    from .customers import customers_book
    from .purchases import transactions_book

    book_of = customers_book if recipe.source.kind == "customers" else of_purchases or transactions_book
    book = book_of(recipe if rulebook is None else _for_rules(recipe, rulebook), raw, engine, watch)
    watch.lap("clean and features")
    return _with_rules(book, rulebook, recipe)


def read_rulebook(recipe: Recipe) -> rules.Rulebook | None:
    """Return what the recipe's rules say, None without any. Raises RecipeError, or UnknownColumn for features that no
    purchases have.
    """
    if recipe.rules.kind is None:
        return None
    from ..rules import read_rules

    rulebook = read_rules(recipe.rules)
    if rulebook is not None and recipe.source.kind == "transactions":
        from ..features import CATALOGUE

        if recipe.rules.label is not None:
            raise RecipeError(
                f"rules.label: {recipe.rules.label!r} is to be a column of a customer table; the source has purchases.",
                action="Set source.kind: customers, or declare segments by conditions or a map.",
            )
        rulebook.check(CATALOGUE, ())
    return rulebook


def _with_rules(book: Book, rulebook: rules.Rulebook | None, recipe: Recipe) -> Book:
    """Return *book* with its *rulebook*. Raises UnknownColumn or RecipeError where the customers have not, nor will
    have once all features are computed, what it looks at.
    """
    if rulebook is None:
        return book
    numbers: Collection[str] = book.customers.values
    if recipe.source.kind == "transactions":
        from ..features import available

        numbers = available(book.facts.roles)
    rulebook.check(numbers, book.customers.words)
    return replace(book, rulebook=rulebook)


def _for_rules(recipe: Recipe, rulebook: rules.Rulebook) -> Recipe:
    """Return *recipe* with what *rulebook* looks at among the features that are computed."""
    if recipe.describe is None or recipe.source.kind != "transactions":
        return recipe
    from ..features import CATALOGUE

    return recipe.model_copy(update={"describe": [*recipe.describe, *rulebook.looks_at(CATALOGUE)]})


def segments_of(
    book: Book,
    recipe: Recipe,
    watch: Stopwatch,
    aside: Executor,
    *,
    kind: Kind = "pandas",
    plan_of: PlanOf | None = None,
) -> Found:
    """Stages 4 to 7: return the segments of *book*; the features that only describe them are computed *aside*.

    *plan_of* says how groups are come by; without it, they are found anew.
    """
    from .plans import FoundAnew, found_anew

    plan_of = plan_of or found_anew
    if recipe.source.kind == "accounts":
        from .cohorts import cohorts_of

        return cohorts_of(book, recipe, watch, kind=kind, plan_of=plan_of)
    from . import steps
    from .segmentation import Segmentation

    recipe = steps.settled(recipe, book)
    described = aside.submit(book.described)
    plan = plan_of("", FoundAnew())
    prepared, clustering = plan.groups(recipe, book, watch)
    book.engine.leave_cores(0)
    book = replace(book, customers=described.result())
    counted = None
    if book.everyone is not None:
        clustering, counted = book.everyone.settled(recipe, book, prepared, clustering)
        book = replace(book, customers=replace(book.customers, means=counted.means))
        watch.step("All customers", "assigned and counted in the engine; the centres rest on all of them")
    watch.lap("cluster")
    segments = steps.profiled(recipe, book, clustering, counted=counted, known=plan.known(book, clustering))
    watch.lap("profile")
    declared = steps.declared(book, watch)
    choice = clustering.choice
    watch.step("Segments", f"{choice.k} ({choice.reason})")
    found = steps.Segmented(book, prepared, clustering, segments)
    comparison = steps.compared(recipe, found, declared, watch)
    watch.lap("compare")
    methods = steps.methods_compared(recipe, book, prepared, watch)
    if methods is not None:
        watch.lap("compare methods")
    return Segmentation(
        recipe,
        book,
        prepared,
        clustering,
        segments,
        declared,
        kind,
        watch.seconds,
        comparison=comparison,
        methods=methods,
        counted=counted,
    )


def read(
    recipe: Recipe, frame: Any, progress: Progress, *, meanwhile: Sequence[str] = (), memory: str | None = None
) -> tuple[sources.Raw, Engine]:
    """Stage 1: bring the rows in, from the recipe's source or from the caller's *frame*; return them with an engine.

    Modules named in *meanwhile* are imported while the file is unpacked and read, and so is Ibis, unless an earlier run
    of the same recipe has left the queries.
    """
    if frame is None and recipe.source.connection is not None:
        from .connected import read_connected

        return read_connected(recipe)
    from ..engine import Plan

    plan = Plan(recipe.model_dump_json(exclude=NOT_IN_QUERIES))
    with ThreadPoolExecutor(1) as aside:
        connected = aside.submit(_connect, memory)
        for module in (*EARLY, *meanwhile, *[IBIS] * (not plan.is_known)):
            aside.submit(import_module, module)
        aside.submit(_ready_to_write)
        if frame is not None:
            raw = sources.read_frame(frame, recipe.source, connected.result(), progress=progress)
        else:
            raw = sources.read(recipe.source, connected.result, progress=progress)
    from ..engine import Engine

    assert raw.connection is not None  # noqa: S101 -- for mypy: files and frames are in the DuckDB inside
    return raw, Engine(raw.connection, plan)


def _ready_to_write() -> None:
    from ..engine import scratch

    scratch()


def _connect(memory: str | None) -> duckdb.DuckDBPyConnection:
    from ..engine import open_local

    return open_local(memory)
