"""The files of a book of accounts: which hold trades, which accounts and which values, and which cohort's they are.

Comes in: a folder (flat, or with one folder per cohort), or the files by name. Goes out: one raw table for each set of
files that have the same columns, with what it holds.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ..core.errors import SourceError, UnknownColumn
from ..core.progress import Progress
from ..core.recipe import Cohort, Source
from . import contents, staging
from .facts import Raw, short
from .files import ENDINGS, DataFile, every_file
from .reading import read
from .roles import NUMERIC, Content, folded, rank

if TYPE_CHECKING:
    from .reading import Connect

Holds = Literal["trades", "accounts", "nav"]
COHORTS: tuple[Cohort, ...] = ("active", "inactive", "nonactive")
# Names as they are compared (roles.folded).
_NAV = """
    nav netassetvalue netassets netasset assets totalassets assetvalue portfoliovalue accountvalue equity balance aum
    value navvalue depotwert vermogen valeur patrimonio
"""
_OPENED = """
    opened openeddate openingdate opendate dateopened accountopened accountopendate openedat createdat created createdon
    since customersince startdate registrationdate registered eroffnet eroffnungsdatum
"""
_TYPE = """
    type tradetype transactiontype trantype txntype side action buysell direction operation activity movementtype
    orderside kind entrytype art vorgang
"""
NAMES = {"nav": _NAV.split(), "opened": _OPENED.split(), "type": _TYPE.split()}
REPEATED = 0.9  # below this share of distinct ids a table has several rows for an account
ENOUGH = 0.5


@dataclass(frozen=True)
class Part:
    """Rows of one kind that have the same columns: the raw table, what it holds, and the cohort that its folder names.

    ``places`` are the columns of the ``account``, and those that only accounts have: ``nav``, ``opened`` and ``type``.
    """

    raw: Raw
    holds: Holds
    cohort: str | None
    places: dict[str, int]


def read_account_files(source: Source, connect: Connect, *, progress: Progress) -> list[Part]:
    """Read every file of the book that *source* names. Raises SourceError where trades or accounts are missing."""
    groups = list(_groups(source))
    if beside := _beside_folders(source.path):
        shown = ", ".join(beside[:5]) + (", …" if len(beside) > 5 else "")
        progress.step("", f"not read, for they lie beside the folders of the cohorts: {shown}")
    parts = [
        _part(read(replace_path(source, paths), connect, progress=progress), holds, cohort, source)
        for paths, holds, cohort in groups
    ]
    _refuse_unknown(parts, source)
    found = {part.holds for part in parts}
    if "accounts" not in found and "trades" not in found:
        raise SourceError("Neither trades nor accounts are given.", action="Set source.book.trades and .accounts.")
    if "trades" not in found:
        raise SourceError(
            f"None of {_listed(parts)} holds trades.",
            possible="Trades are rows with an account, a date and an amount, or a quantity and a price.",
            action="Name the file: source.book.trades.",
        )
    return parts


def _refuse_unknown(parts: list[Part], source: Source) -> None:
    """Raise UnknownColumn for a column that the recipe names and no file of the book has."""
    available = dict.fromkeys(name for part in parts for name in part.raw.columns)
    for name in (source.book.type, source.book.nav_column, source.book.opened):
        if name is not None and name not in available:
            raise UnknownColumn(name, available, where=_listed(parts))


def replace_path(source: Source, paths: list[str]) -> Source:
    """Return *source* with other files."""
    return source.model_copy(update={"path": paths})


def _groups(source: Source) -> Iterable[tuple[list[str], Holds | None, str | None]]:
    """Yield files with the same columns, with what the recipe says they hold, and their cohort."""
    named: dict[Holds, str | list[str] | None] = {
        "trades": source.book.trades, "accounts": source.book.accounts, "nav": source.book.nav,
    }  # fmt: skip
    for holds, paths in named.items():
        if paths is not None:
            yield [str(file.path) for file in every_file(paths)], holds, None
    if source.path is None:
        return
    for folder, cohort in _folders(source.path):
        for paths in _same_header(every_file(folder)):
            yield paths, None, cohort


def _beside_folders(given: str | list[str] | None) -> list[str]:
    """Return the names of data files that lie beside folders named after cohorts."""
    if given is None or [cohort for _, cohort in _folders(given)] == [None]:
        return []
    return sorted(path.name for path in Path(str(given)).iterdir() if path.is_file() and path.suffix.lower() in ENDINGS)


def _folders(given: str | list[str]) -> Iterable[tuple[str | list[str], str | None]]:
    """Yield what is *given*, or its three folders with the cohorts they are named after."""
    folder = Path(given) if isinstance(given, str) else None
    cohorts = (
        {entry.name.casefold(): entry for entry in folder.iterdir() if entry.is_dir()}
        if folder is not None and folder.is_dir()
        else {}
    )
    named = [name for name in COHORTS if name in cohorts]
    yield from ((str(cohorts[name]), name) for name in named)
    if not named:
        yield given, None


def _same_header(files: list[DataFile]) -> Iterable[list[str]]:
    """Yield the paths of *files* in sets whose first lines are equal; other than text files one by one."""
    sets: dict[object, list[str]] = {}
    for file in files:
        is_text = file.kind in {"text", "gzip", "zstd"}
        key: object = staging.first_block(file).split(b"\n", 1)[0].strip() if is_text else file.path
        sets.setdefault(key, []).append(str(file.path))
    return sets.values()


def _part(raw: Raw, holds: Holds | None, cohort: str | None, source: Source) -> Part:
    seen = [contents.describe(column) for column in contents.sample(raw)]
    places = _places(raw.columns, seen, source)
    held = holds or _guess(raw, seen, places)
    if held != "trades":
        places.pop("type", None)
    if held == "nav" and "nav" not in places:
        raise SourceError(
            f"In {raw.where!r} no column was found that holds net asset values.",
            possible=f"Columns: {', '.join(map(short, raw.columns))}.",
            action="Name it: source.book.nav_column.",
        )
    return Part(replace(raw, where=f"{cohort}/{raw.where}" if cohort else raw.where), held, cohort, places)


def _places(names: tuple[str, ...], seen: list[Content], source: Source) -> dict[str, int]:
    """Return the places of the columns that only accounts have; given names win, then the most usual name."""
    given = {"nav": source.book.nav_column, "opened": source.book.opened, "type": source.book.type}
    fits = {
        "nav": lambda content: content.numbers >= ENOUGH,
        "opened": lambda content: content.dates >= ENOUGH,
        "type": lambda content: content.filled and content.numbers < ENOUGH,
    }
    places = {}
    for role, usual in NAMES.items():
        exact = [place for place, name in enumerate(names) if name == given[role]]
        likely = sorted(
            (usual.index(folded(name)), place)
            for place, name in enumerate(names)
            if folded(name) in usual and fits[role](seen[place])
        )
        if exact or likely:
            places[role] = exact[0] if exact else likely[0][1]
    ids = [(order, place) for place, name in enumerate(names) if (order := rank(name, "customer")) is not None]
    own = [place for place, name in enumerate(names) if name == source.columns.customer]
    if own or ids:
        places["account"] = own[0] if own else min(ids)[1]
    return places


def _guess(raw: Raw, seen: list[Content], places: dict[str, int]) -> Holds:
    """Return what *raw* holds, by its columns: trades have a date and money, values a date and a NAV for each row."""
    free = [place for place in range(len(raw.columns)) if place not in places.values()]
    has_date = any(seen[place].dates >= ENOUGH for place in free)
    has_money = any(rank(raw.columns[place], role) is not None for place in free for role in NUMERIC)
    repeats = _repeats(raw, seen, places)
    if has_date and has_money and (repeats or not places.keys() & {"nav", "opened"}):
        return "trades"
    if has_date and "nav" in places and repeats:
        return "nav"
    if repeats is not None:
        return "accounts"
    raise SourceError(
        f"{raw.where!r} looks neither like trades nor like accounts.",
        possible=f"Columns: {', '.join(map(short, raw.columns))}.",
        action="Say what it holds: source.book.trades, .accounts or .nav.",
    )


def _repeats(raw: Raw, seen: list[Content], places: dict[str, int]) -> bool | None:
    """Return whether ids repeat in the column of accounts; None where there is no such column."""
    if "account" not in places:
        return None
    place = places["account"]
    distinct, filled = raw.query(f"SELECT approx_count_distinct(c{place}), count(c{place}) FROM {{raw}}")[0]
    return seen[place].filled > 0 and int(str(distinct)) < REPEATED * int(str(filled))


def _listed(parts: list[Part]) -> str:
    return ", ".join(repr(part.raw.where) for part in parts)
