"""What reading hands on: the tables, and everything that was found, chosen or assumed about the input."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb
    import ibis


@dataclass(frozen=True)
class Assumption:
    """Something the data left open: how it was decided, and the setting that decides otherwise."""

    text: str
    change: str


@dataclass(frozen=True)
class Facts:
    """Everything stated about the input, for terminal, report and manifest.

    Attributes
    ----------
    description
        How the source is written: ``CSV, comma, UTF-8, dates month/day/year``.
    files
        Names of the files (or of the table), without folders.
    rows
        Data rows read, including those that could not be understood.
    columns
        Original column names, in order.
    roles
        Role to original column name.
    role_reasons
        Role to why that column was chosen.
    assumptions
        What the data left open.
    fingerprint
        SHA-256 over the content, independent of names and folders.
    digests
        The same of each of *files*, in their order; empty for sources that are no files.
    reading
        SHA-256 over all that decides what a value means; empty where an engine's own types say it.
    """

    description: str
    files: tuple[str, ...]
    rows: int
    columns: tuple[str, ...]
    roles: dict[str, str]
    role_reasons: dict[str, str]
    assumptions: tuple[Assumption, ...]
    fingerprint: str
    digests: tuple[str, ...] = ()
    reading: str = ""


@dataclass(frozen=True)
class Raw:
    """Rows as they were read, every value as text, before any column has a role.

    The DuckDB table or view *name* holds ``c0 … cN`` (text; null = empty), then ``source_file``, ``line_shift`` (line
    of the file minus *position*; null = no lines) and ``problem`` (what was wrong with the line; null = nothing). A
    source that has types of its own is a view of it: column I is there as ``nI`` too where ``kinds`` says ``whole``,
    ``number``, ``moment`` or ``zoned``, and *types* has DuckDB's names of all.
    A table of another database stays where it is, in *lazy*.
    """

    where: str
    columns: tuple[str, ...]
    rows: int
    files: tuple[str, ...]
    description: str
    fingerprint: str
    assumptions: tuple[Assumption, ...] = ()
    connection: duckdb.DuckDBPyConnection | None = field(default=None, repr=False)
    name: str = ""
    has_header: bool = False
    lazy: ibis.Table | None = field(default=None, repr=False)
    kinds: Mapping[int, str] = field(default_factory=dict)
    position: str = "rowid"
    digests: tuple[str, ...] = ()
    types: tuple[str, ...] = ()

    def query(self, sql: str, parameters: list[object] | None = None) -> list[tuple[object, ...]]:
        """Return the rows of *sql*, in which ``{raw}`` stands for the table of this source."""
        assert self.connection is not None, "a table of another database is asked through Ibis"  # noqa: S101 -- for mypy
        return self.connection.execute(sql.replace("{raw}", self.name), parameters).fetchall()


@dataclass(frozen=True)
class Transactions:
    """The canonical transactions and their facts.

    ``as_table`` gives the table (``core.tables.TRANSACTIONS``, then the original columns as ``c0 … cN``) as an Ibis
    expression; it is a function, since a run whose queries are known from an earlier one does without Ibis. Where the
    source can pick rows before it reads their values, ``picked`` stores those whose ``row_id`` is in a table of the
    engine, and returns them; their facts are those of all.
    """

    as_table: Callable[[], ibis.Table]
    originals: dict[str, str]
    facts: Facts
    picked: Callable[[str], Transactions] | None = None

    @property
    def among(self) -> Callable[[str], Callable[[], ibis.Table]] | None:
        """The function that picks rows and returns what gives their table, where rows can be picked."""
        picked = self.picked
        return None if picked is None else lambda chosen: picked(chosen).as_table

    @property
    def table(self) -> ibis.Table:
        """The canonical table."""
        return self.as_table()


@dataclass(frozen=True)
class Customers:
    """One row per customer: ``customer_id``, numbers as ``v0 … vN`` (float64, null = missing), texts as ``t0 … tN``."""

    table: ibis.Table
    numbers: dict[str, str]
    texts: dict[str, str]
    facts: Facts


def unique_names(names: list[str]) -> tuple[tuple[str, ...], tuple[Assumption, ...]]:
    """Return *names* with empty ones named by position and repeated ones numbered, and the assumptions made.

    >>> unique_names(["id", "", "id"])[0]
    ('id', 'column 2', 'id (2)')
    """
    given = [name.strip() or f"column {place}" for place, name in enumerate(names, 1)]
    taken = set(given)
    seen: set[str] = set()
    result = []
    repeated = []
    for name in given:
        fresh, number = name, 2
        while fresh in seen or (fresh != name and fresh in taken):
            fresh, number = f"{name} ({number})", number + 1
        if fresh != name:
            repeated.append(name)
        seen.add(fresh)
        result.append(fresh)
    if not repeated:
        return tuple(result), ()
    shown = ", ".join(repr(short(name)) for name in dict.fromkeys(repeated))
    text = f"column names that appear more than once were numbered: {shown}"
    return tuple(result), (Assumption(text, "name each column once in the file"),)


def short(text: str, limit: int = 60) -> str:
    """Return *text* on one line, cut to *limit* characters."""
    flat = " ".join(text.split())
    return flat if len(flat) <= limit else flat[: limit - 1] + "…"
