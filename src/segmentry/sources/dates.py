"""Dates in a text column: which way they are written, decided over all values, and the expression that reads them."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import duckdb

from ..core.errors import SourceError
from .facts import Assumption, Raw, short

if TYPE_CHECKING:
    import ibis.expr.types as ir

ZONE = r":\d{2}(?:[.,]\d+)?\s*(?:Z|UTC|GMT|[-+]\d{2}(?::?\d{2})?)\s*$"
TIMES: tuple[str, ...] = (
    " %H:%M",
    "",
    " %H:%M:%S",
    " %H:%M:%S.%f",
    "T%H:%M:%S",
    "T%H:%M",
    "T%H:%M:%S.%f",
    " %I:%M %p",
    " %I:%M%p",
)
TIMES += (" %I:%M:%S %p", " %I:%M:%S%p", ", %H:%M", ", %H:%M:%S", ", %I:%M %p", ", %I:%M:%S %p", " %H.%M")
NUMERIC = re.compile(r"\d{1,2}([-/.])\d{1,2}\1(\d{4}|\d{2})(?!\d)")
YEAR_FIRST = re.compile(r"\d{4}([-/.])\d{1,2}\1\d{1,2}(?!\d)")
COMPACT = re.compile(r"(?:19|20)\d{6}(?!\d)|(?:19|20)\d{12}$")
DAY_MONTH_NAME = re.compile(r"\d{1,2}([-/. ]?)[A-Za-z]{3,9}\.?([-/., ]*)(\d{4}|\d{2})(?!\d)")
MONTH_NAME_DAY = re.compile(r"[A-Za-z]{3,9}\.? \d{1,2}(,?) \d{4}")
EPOCH = re.compile(r"\d{9,10}(?:\.\d+)?|\d{12,13}")
MONTH_FIRST, DAY_FIRST = "month-first", "day-first"


@dataclass(frozen=True)
class DateFormat:
    """How the dates of a column are written.

    Attributes
    ----------
    title
        In words: ``month/day/year``, ``ISO``.
    kind
        ``pattern`` (strptime *patterns*, tried in order), ``iso``, ``compact``, ``epoch``, or ``typed``
        where the source itself says so.
    zoned
        Whether some values name a time zone.
    plain
        Whether every value is an ISO date, or one with a time to the second: what needs no second look.
    """

    title: str
    kind: str
    patterns: tuple[str, ...] = ()
    zoned: bool = False
    plain: bool = False
    assumptions: tuple[Assumption, ...] = field(default=())


TYPED = {
    "moment": DateFormat("as timestamps", "typed"),
    "zoned": DateFormat("as timestamps with zone", "typed", zoned=True),
}


def find_dates(raw: Raw, place: int, values: list[str], wanted: str | None, *, role_given: bool) -> DateFormat:
    """Return how the dates of the column at *place* are written; *values* are a sample, *wanted* the recipe's setting.

    The order of day and month is decided over all values of the column. Raises SourceError when they are no dates.
    """
    name = raw.columns[place]
    if (known := TYPED.get(raw.kinds.get(place, "")) or _own_pattern(raw, place, wanted)) is not None:
        return known
    families = Counter(family for value in values if (family := _family(value)) is not None)
    if not families and role_given and values and all(EPOCH.fullmatch(value) for value in values):
        return DateFormat("seconds since 1970", "epoch")
    if not families:
        shown = ", ".join(repr(short(value, 30)) for value in values[:3]) or "only empty values"
        raise SourceError(
            f"Column {short(name)!r} of {raw.where} does not hold dates: {shown}.",
            action="Name another column (source.columns.time, --time COLUMN) or how it is written"
            " (source.format.dates: '%d.%m.%Y').",
        )
    family = max(sorted(families), key=families.__getitem__)
    example = next(value for value in values if _family(value) == family)
    if wanted == "iso" or family == "iso":
        plain = _is_plain(raw, place)
        zoned = not plain and _names_zones(raw, place)
        return DateFormat("ISO with zone" if zoned else "ISO", "iso", zoned=zoned, plain=plain)
    if family == "compact":
        return DateFormat("yearmonthday", "compact", ("%Y%m%d", "%Y%m%d%H%M%S", *_with_times("%Y%m%d")))
    if family.startswith("numeric"):
        return _numeric(raw, place, family, wanted, example)
    return DateFormat(_title(family), "pattern", _with_times(*family.split("\t")))


def _is_plain(raw: Raw, place: int) -> bool:
    """Return whether every value of the column at *place* is written ``2011-12-09`` or ``2011-12-09 12:50:00``."""
    text = f"c{place}"
    day = f"substr({text}, 5, 1) IN ('-', '/')"
    written = f"(strlen({text}) = 10 OR (strlen({text}) = 19 AND substr({text}, 17, 1) = ':'))"
    odd = f"{text} IS NOT NULL AND NOT ({written} AND {day} AND try_cast({text} AS TIMESTAMP) IS NOT NULL)"
    return not raw.query(f"SELECT count(*) FROM (SELECT 1 FROM {{raw}} WHERE {odd} LIMIT 1)")[0][0]


def _names_zones(raw: Raw, place: int) -> bool:
    """Return whether a value of the column at *place* names a time zone."""
    # The pattern is asked only where it can hold: behind the date, a zone is a sign, or letters at the end.
    likely = f"(right(c{place}, 1) NOT BETWEEN '0' AND '9' OR contains(substr(c{place}, 11), '-')"
    likely += f" OR contains(c{place}, '+'))"
    query = f"SELECT count(*) FROM (SELECT 1 FROM {{raw}} WHERE {likely} AND regexp_matches(c{place}, ?) LIMIT 1)"
    return bool(raw.query(query, [ZONE])[0][0])


def _family(value: str) -> str | None:
    """Return the way *value* is written: ``iso``, ``compact``, ``numeric/Y`` … or patterns with a month name."""
    if match := YEAR_FIRST.match(value):
        return "%Y.%m.%d" if match[1] == "." else "iso"
    if COMPACT.match(value):
        return "compact"
    if match := NUMERIC.match(value):
        return f"numeric{match[1]}{'Y' if len(match[2]) == 4 else 'y'}"
    if match := DAY_MONTH_NAME.match(value):
        year = "%Y" if len(match[3]) == 4 else "%y"
        return "\t".join(f"%d{match[1]}{month}{match[2]}{year}" for month in ("%b", "%B"))
    if match := MONTH_NAME_DAY.match(value):
        return "\t".join(f"{month} %d{match[1]} %Y" for month in ("%b", "%B"))
    return None


def _title(family: str) -> str:
    first = family.split("\t", maxsplit=1)[0]
    words = {"%d": "day", "%b": "month", "%m": "month", "%Y": "year", "%y": "year"}
    return re.sub("%[dbmYy]", lambda match: words[match[0]], first)


def _with_times(*days: str) -> tuple[str, ...]:
    return tuple(day + time for time in TIMES for day in days)


def _numeric(raw: Raw, place: int, family: str, wanted: str | None, example: str) -> DateFormat:
    """Decide between day/month and month/day by which reads more of all values."""
    mark = family[-2]
    years = ("%Y",) if family.endswith("Y") else ("%y", "%Y")
    days = {
        order: [mark.join((*parts, year)) for year in years]
        for order, parts in ((MONTH_FIRST, ("%m", "%d")), (DAY_FIRST, ("%d", "%m")))
    }
    patterns = {order: _with_times(*written) for order, written in days.items()}
    titles = {MONTH_FIRST: f"month{mark}day{mark}year", DAY_FIRST: f"day{mark}month{mark}year"}
    if wanted is not None:
        return DateFormat(titles[wanted], "pattern", patterns[wanted])
    # Only days and months matter here, and each spelling once: moments repeat in every book.
    head = rf"regexp_extract(c{place}, '^\s*(\d+\{mark}\d+\{mark}\d+)', 1)"
    counted = ", ".join(
        f"coalesce(sum(n) FILTER (try_strptime(h, {days[order]}) IS NOT NULL), 0)::BIGINT"
        for order in (MONTH_FIRST, DAY_FIRST)
    )
    month_first, day_first = raw.query(
        f"SELECT {counted} FROM (SELECT {head} AS h, n FROM (SELECT c{place}, count(*) AS n FROM {{raw}} GROUP BY ALL))"
    )[0]
    assert isinstance(month_first, int) and isinstance(day_first, int)  # noqa: S101, PT018 -- for mypy
    if month_first != day_first:
        order = MONTH_FIRST if month_first > day_first else DAY_FIRST
        return DateFormat(titles[order], "pattern", patterns[order])
    order, other = (MONTH_FIRST, DAY_FIRST) if mark == "/" else (DAY_FIRST, MONTH_FIRST)
    text = f"dates such as {example!r} are read as {titles[order]}: no day above 12 decides it"
    guess = Assumption(text, f"source.format.dates: {other}")
    return DateFormat(titles[order], "pattern", patterns[order], assumptions=(guess,))


def _own_pattern(raw: Raw, place: int, pattern: str | None) -> DateFormat | None:
    """Return the *pattern* of the recipe's setting, None where it is none. Raises SourceError where nothing fits it."""
    if pattern is None or pattern in {"iso", MONTH_FIRST, DAY_FIRST}:
        return None
    try:
        if "%" not in pattern:
            raise duckdb.InvalidInputException("it has no % codes")
        found, filled = raw.query(
            f"SELECT count(try_strptime(trim(c{place}), ?)), count(nullif(trim(c{place}), '')) FROM {{raw}}", [pattern]
        )[0]
    except duckdb.Error as error:
        raise SourceError(
            f"source.format.dates: {pattern!r} is not a date format.",
            possible="It is iso, month-first, day-first or a strptime pattern such as '%d-%b-%y'.",
        ) from error
    if filled and not found:
        raise SourceError(
            f"No value of column {short(raw.columns[place])!r} is written as source.format.dates says: {pattern!r}.",
            action="Leave the setting out to have the format detected.",
        )
    return DateFormat(pattern, "pattern", (pattern,))


def check_zone(raw: Raw, timezone: str) -> None:
    """Raise SourceError when *timezone* is not the name of a zone."""
    try:
        raw.query("SELECT timezone(?, TIMESTAMPTZ '2000-01-01 00:00:00+00')", [timezone])
    except duckdb.Error as error:
        raise SourceError(
            f"source.timezone: {timezone!r} is not a time zone.", possible="Examples: UTC, Europe/Berlin."
        ) from error


def read_dates(text: ir.StringValue, dates: DateFormat, timezone: str) -> ir.TimestampValue:
    """Return the timestamps that *text* (trimmed) stands for, without zone; null where it cannot be read as *dates*.

    Of a column that holds timestamps *text* is that column.
    """
    import ibis

    from .functions import at_zone, from_epoch, try_strptime

    if dates.kind == "typed":
        moment: Any = text
        found: ir.TimestampValue = at_zone(timezone, moment) if dates.zoned else moment
        return found
    if dates.kind == "epoch":
        number = text.try_cast("float64")
        seconds = ibis.ifelse(number > 1e11, number / 1000, number)
        return at_zone(timezone, from_epoch(ibis.ifelse(seconds.between(0, 1e10), seconds, ibis.null("float64"))))
    if dates.plain:
        return text.try_cast("timestamp")
    if dates.kind == "iso":
        begins = text.re_search(r"^\s*\d{4}[-/]\d")
        plain = ibis.ifelse(begins, text.try_cast("timestamp"), ibis.null("timestamp"))
        loose = try_strptime(text, [f"%Y-%m-%d{time}" for time in TIMES if "%p" in time or time == " %H:%M"])
        read = ibis.coalesce(plain, loose)
        if dates.zoned:
            aware = at_zone(timezone, text.try_cast(_timestamptz()))
            read = ibis.ifelse(text.re_search(ZONE), aware, read)
        return read
    read = try_strptime(text, list(dates.patterns))
    if dates.kind == "compact":
        return ibis.ifelse(text.re_search(r"^\s*(\d{8}|\d{14})(\D|$)"), read, ibis.null("timestamp"))
    return read


def _timestamptz() -> object:
    import ibis.expr.datatypes as dt

    return dt.Timestamp(timezone="UTC")
