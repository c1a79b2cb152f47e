"""The part of a recipe on where rows come from."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_serializer

from ..addresses import masked
from .section import Section


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
    description: str | None = None
    """Name of the product in words."""
    category: str | None = None
    """Category or group of the product."""
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


class AccountBook(Section):
    """The tables of a book of accounts, where ``source.path`` does not lead to them, and the columns only they have."""

    trades: str | list[str] | None = None
    """Files with one row per trade."""
    accounts: str | list[str] | None = None
    """Files with one row per account."""
    nav: str | list[str] | None = None
    """Files with one row per account and date: the history of net asset values."""
    type: str | None = None
    """Column of the trades that tells trades from cash movements."""
    trade_types: list[str] | None = None
    """Values of that column that are trades; without it, words for buying and selling."""
    deposit_types: list[str] | None = None
    """Values of that column that are deposits; without it, words for deposits."""
    nav_column: str | None = None
    """Column with the net asset value."""
    opened: str | None = None
    """Column of the accounts with the date on which the account was opened."""


class Source(Section):
    """Where the rows come from."""

    path: str | list[str] | None = None
    """File, folder, glob, or a list of these."""
    connection: str | None = Field(None, repr=False)
    """URL of the engine that has the rows, and that does the work: ``postgres://user:${PGPASSWORD}@host/shop``,
    ``spark://host:7077``, ``duckdb:///shop.duckdb``, or any other that Ibis takes. ``${NAME}`` is a variable of the
    environment."""
    table: str | None = None
    """Table of *connection* (``sales``, or with its schema: ``shop.sales``), or of a DuckDB file given as *path*. Spark
    also reads Parquet: *path* beside *connection*."""
    most_rejected: int = Field(1_000_000, ge=0)
    """Of a table in another engine: so many of the rows that were set aside are fetched to rejected.parquet; the ledger
    counts all."""
    kind: Literal["transactions", "accounts", "customers"] = "transactions"
    """``transactions``: one row per purchase line; ``accounts``: trades beside accounts and their values;
    ``customers``: one row per customer, features ready."""
    book: AccountBook = AccountBook()
    """For accounts: their tables."""
    columns: Columns = Columns()
    """Which column plays which role."""
    format: Format = Format()
    """How a text file is written."""
    no_order: Literal["row", "customer-day"] = "row"
    """Without an order column: what counts as one order."""
    timezone: str = "UTC"
    """Zone that zone-aware timestamps are converted to before dates are cut."""

    @field_serializer("connection", when_used="json")
    def _without_secrets(self, connection: str | None) -> str | None:
        return connection and masked(connection)
