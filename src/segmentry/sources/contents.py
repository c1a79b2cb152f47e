"""What the columns hold: a sample of rows that does not depend on their order, and what its values look like."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from .facts import Raw
from .roles import Content
from .rows import key_sql
from .shapes import is_date, is_number

# Enough to tell dates from numbers from words; every value is looked at where it decides what comes out.
SAMPLE_ROWS = 600
SAMPLE_CELLS = 20_000
LOOKED_AT = 2_000_000
# Text that stands for "nothing here", compared in lower case. In a column of countries NA is Namibia.
MISSING = ("", "nan", "na", "n/a", "#n/a", "<na>", "null", "none", "nat", "\\n")
LONGEST_WORD = max(map(len, MISSING))
# The same as a regular expression: DuckDB turns a list of words into a join, at a hundred times the cost.
NOTHING = r"(?i)^(|nan|na|n/a|#n/a|<na>|null|none|nat|\\n)$"
# The no-break space stands there as itself: engines write its number in ways of their own.
NOTHING_BUT_BLANKS = NOTHING.replace("^", "^[\\s\u00a0]*").replace("$", "[\\s\u00a0]*$")
BLANKS_AROUND = "^[\\s\u00a0]+|[\\s\u00a0]+$"
NOTHING_COUNTRY = r"(?i)^(|nan|n/a|#n/a|<na>|null|none|nat|\\n)$"


def sample(raw: Raw) -> list[list[str]]:
    """Return for each column its filled values, from rows picked by their content, so that any order gives the same.

    Of a source with more than ``LOOKED_AT`` rows the beginning is looked at.
    """
    width = len(raw.columns)
    wanted = max(100, min(SAMPLE_ROWS, SAMPLE_CELLS // width))
    columns = ", ".join(f"c{place}" for place in range(width))
    step = max(1, min(raw.rows, LOOKED_AT) // wanted)
    picked = "" if step == 1 else f" AND {key_sql(width)} % {step} = 0"
    beginning = "{raw}" if raw.rows <= LOOKED_AT else f"(SELECT {columns}, problem FROM {{raw}} LIMIT {LOOKED_AT})"
    rows = raw.query(f"SELECT {columns} FROM {beginning} WHERE problem IS NULL{picked} LIMIT {10 * wanted}")
    if not rows:
        rows = raw.query(f"SELECT {columns} FROM {beginning} WHERE problem IS NULL LIMIT {wanted}")
    rows = rows[: 2 * wanted]
    columns_of_rows = zip(*rows, strict=True) if rows else [()] * width
    return [[text.strip() for text in column if not is_missing(text)] for column in map(list, columns_of_rows)]


def tidy(raw: Raw, places: Sequence[int], *, many: Collection[int] = ()) -> frozenset[int]:
    """Return at which of *places* every value of *raw* is as it should be: no blank around it, no word for nothing.

    That spares trimming them each time they are read. Telling values apart is cheaper than looking at each, so only
    where there are *many* different ones all rows are looked at.
    """
    words = ", ".join(f"'{word}'" for word in MISSING)
    # What is cheap and rules out most comes first: DuckDB looks no further where it decides.
    odd = (
        "word < '!' OR word >= chr(127) OR word[-1] NOT BETWEEN '!' AND '~'"
        f" OR ((word < '0' OR word > ':') AND strlen(word) <= {LONGEST_WORD} AND lower(word) IN ({words}))"
    )

    def is_tidy(place: int) -> bool:
        word = f"c{place} AS word FROM {{raw}}"
        if place in many:
            sql = f"SELECT count(*) FROM (SELECT {word}) WHERE {odd}"
        else:  # FILTER, since DuckDB would move a WHERE before the DISTINCT
            sql = f"SELECT count(*) FILTER ({odd}) FROM (SELECT DISTINCT {word})"
        return not raw.query(sql)[0][0]

    return frozenset(filter(is_tidy, places))


def is_missing(text: object) -> bool:
    """Whether *text* says that there is no value.

    >>> [is_missing(text) for text in (None, " ", "NaN", "0", "Nancy")]
    [True, True, True, False, False]
    """
    return not isinstance(text, str) or text.strip().lower() in MISSING


def describe(values: list[str]) -> Content:
    """Return what the filled *values* of a column look like."""
    if not values:
        return Content(0, 0.0, 0.0, 0.0, 0.0)
    numbers = sum(map(is_number, values))
    dates = sum(map(is_date, values))
    fractions = sum("." in value or "," in value for value in values) if numbers else 0
    size = len(values)
    return Content(size, numbers / size, dates / size, fractions / size, len(set(values)) / size)
