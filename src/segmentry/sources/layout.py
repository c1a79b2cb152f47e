"""How a text file is laid out: delimiter, quotes, header and column names, found in its first lines."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from ..core.errors import SourceError
from ..core.recipe import Format
from .records import Marks, read_records
from .roles import is_role_name
from .shapes import is_date, is_number

# In the order in which they win a draw: what a comma separates may well be decimals.
DELIMITERS = {"\t": "tab", ";": "semicolon", "|": "bar", ",": "comma"}
WHITESPACE = "whitespace"
SAMPLE_LINES = 300


@dataclass(frozen=True)
class Layout:
    """The layout of a staged text file.

    Attributes
    ----------
    delimiter, quote, escape
        One character each; *quote* is empty where there are no quotes.
    whitespace
        Whether runs of blanks separate the columns (staging has turned them into tabs).
    names
        Column names as they stand in the header, or as given, or ``column 1`` ….
    has_header
        Whether the names stand in the file.
    skip
        Lines before the first row.
    line_end
        What ends a line.
    """

    delimiter: str
    quote: str
    escape: str
    whitespace: bool
    names: tuple[str, ...]
    has_header: bool
    skip: int
    line_end: str

    @property
    def width(self) -> int:
        """The number of columns."""
        return len(self.names)

    @property
    def marks(self) -> Marks:
        """The characters with a meaning."""
        return Marks(self.delimiter, self.quote, self.escape)

    @property
    def title(self) -> str:
        """The layout in words: ``CSV, comma`` or ``text, runs of blanks, no header``."""
        kind = (
            "text, runs of blanks"
            if self.whitespace
            else f"CSV, {DELIMITERS.get(self.delimiter, repr(self.delimiter))}"
        )
        return kind if self.has_header else f"{kind}, no header"


def find_layout(text: str, given: Format, *, where: str) -> Layout:
    """Return the layout of a file that begins with *text*; what *given* sets is not looked for. Raises SourceError."""
    line_end = _line_end(text)
    lines = text.split(line_end)
    first = 0
    if match := re.fullmatch(r'"?sep=(.)"?\s*', lines[0]):  # how Excel is told the delimiter
        given = given if given.delimiter else given.model_copy(update={"delimiter": match[1]})
        first = 1
    sample = [line for line in lines[first : first + SAMPLE_LINES] if len(line) < 100_000]
    if not any(line.strip() for line in sample):
        raise SourceError(f"{where} holds no text, only blanks.", action="Give a file with a header and rows.")
    delimiter, whitespace = _delimiter(sample, given)
    if whitespace:
        sample = ["\t".join(line.split()) for line in sample]
    quote = "" if whitespace else '"'
    escape = "\\" if quote and '\\"' in text and '""' not in text.replace(f'{delimiter}""', "") else quote
    marks = Marks(delimiter, quote, escape)
    records = _records(sample, marks)
    names, has_header = _names(records, given, where=where)
    skip = first + _header_lines(sample, records, marks) if has_header else first
    line_end = "\n" if whitespace else line_end  # staging writes the lines anew
    return Layout(delimiter, quote, escape, whitespace, names, has_header, skip, line_end)


def _line_end(text: str) -> str:
    if "\n" not in text:
        return "\r" if "\r" in text else "\n"
    return "\r\n" if text.count("\r\n") == text.count("\n") else "\n"


def _delimiter(lines: list[str], given: Format) -> tuple[str, bool]:
    """Return the delimiter, and whether it stands for runs of blanks."""
    if given.delimiter is not None:
        named = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "space": WHITESPACE, " ": WHITESPACE}
        chosen = named.get(given.delimiter, given.delimiter)
        if chosen == WHITESPACE:
            return "\t", True
        if len(chosen) != 1 or chosen in '"\r\n':
            raise SourceError(
                f"source.format.delimiter: {given.delimiter!r} is not a delimiter.",
                possible="It is one character (',', ';', '|'), 'tab' or 'whitespace'.",
            )
        return chosen, False
    scores = {mark: _agreement(_records(lines, Marks(mark))) for mark in DELIMITERS}
    best = max(scores.values())
    if best > 0:
        return next(mark for mark, score in scores.items() if score >= best - 1e-9), False
    if _agreement([line.split() for line in lines if line.strip()]) >= 0.9:
        return "\t", True
    return ",", False


def _agreement(records: list[list[str]]) -> float:
    """Return the share of records as wide as the usual one, or 0 when that has one column only or agrees too little.

    Quotes left over in the fields count against a delimiter: it cuts through quoted values.
    """
    usual, count = Counter(map(len, records)).most_common(1)[0]
    share = count / len(records)
    cut = sum(any('"' in field for field in fields) for fields in records) / len(records)
    return share * (1 - cut / 2) if usual > 1 and share >= 0.5 else 0.0


def _records(lines: list[str], marks: Marks) -> list[list[str]]:
    return [record.fields for record in read_records(lines, marks, None)]


def _header_lines(lines: list[str], records: list[list[str]], marks: Marks) -> int:
    """Return how many lines there are up to the end of the header, which quoted names may spread over several."""
    start = next(read_records(lines, marks, None)).line
    return start + sum(field.count("\n") for field in records[0])


def _names(records: list[list[str]], given: Format, *, where: str) -> tuple[tuple[str, ...], bool]:
    header = given.header if given.header is not None else _is_header(records)
    body = records[1:] if header else records
    usual = Counter(len(fields) for fields in body).most_common(1)[0][0] if body else len(records[0])
    if not header:
        names = given.names or [f"column {place}" for place in range(1, usual + 1)]
    else:
        names = given.names or [field.strip() for field in records[0]]
        if given.names is None and len(names) == usual - 1 and any(fields[-1].strip() for fields in body):
            names = ["row name", *names]  # R writes no name over its row names
    if given.names is not None and len(given.names) != usual:
        raise SourceError(
            f"source.format.names lists {len(given.names)} names, but {where} has {usual} columns.",
            action="Give one name for each column.",
        )
    return tuple(names), header


def _is_header(records: list[list[str]]) -> bool:
    """Whether the first record names the columns: no dates or numbers in it, and what it says does not recur below."""
    first = [field.strip() for field in records[0]]
    if any(is_date(field) for field in first):
        return False
    if any(is_number(field) for field in first):
        return sum(is_role_name(field) for field in first) >= 2
    body = [[field.strip() for field in fields] for fields in records[1:] if len(fields) == len(first)]
    if not body or any(is_role_name(field) for field in first):
        return True
    columns = list(zip(*body, strict=True))
    if any(_mostly_values(column) for column in columns):
        return True
    return not any(name and name in column for name, column in zip(first, columns, strict=True))


def _mostly_values(column: tuple[str, ...]) -> bool:
    filled = [value for value in column if value]
    return bool(filled) and sum(is_number(value) or is_date(value) for value in filled) > 0.5 * len(filled)
