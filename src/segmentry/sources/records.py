"""From lines of text to records, forgivingly: no line is lost, and what is wrong with one is said beside it."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

# Longer lines are damage, not data: their values are cut and the row is set aside.
LONGEST_LINE = 1_000_000
CUT = 1_000
# A quoted value may run over so many lines, and so many characters, before its quote counts as never closed.
MOST_LINES = 200
MOST_CHARACTERS = 100_000


@dataclass(frozen=True)
class Record:
    """One row: the line it begins on, from 1, its fields, and what is wrong with it (empty: nothing)."""

    line: int
    fields: list[str]
    problem: str = ""


@dataclass(frozen=True)
class Marks:
    """The characters with a meaning: the delimiter, the quote (empty: there are none) and what escapes it."""

    delimiter: str
    quote: str = '"'
    escape: str = '"'


class _Lines:
    """Lines of text, numbered from 1, that can be put back."""

    def __init__(self, lines: Iterable[str]) -> None:
        self.source = iter(lines)
        self.waiting: list[str] = []
        self.number = 0

    def next(self) -> str | None:
        line = self.waiting.pop() if self.waiting else next(self.source, None)
        if line is not None:
            self.number += 1
            line = line.rstrip("\r\n")
        return line

    def put_back(self, lines: list[str]) -> None:
        self.waiting.extend(reversed(lines))
        self.number -= len(lines)


def read_records(lines: Iterable[str], marks: Marks, width: int | None) -> Iterator[Record]:
    """Yield a record for each line of *lines* that is not blank (or each group of lines that a quoted value spans).

    Records have *width* fields: short ones are filled up with empty fields, long ones are cut, and named as ragged.
    """
    source = _Lines(lines)
    while (text := source.next()) is not None:
        line = source.number
        if not text.strip():
            continue
        problem = ""
        if len(text) > LONGEST_LINE:
            problem = f"line of {len(text):,} characters"
            fields = [value[:CUT] for value in text[:LONGEST_LINE].split(marks.delimiter)]
        elif not marks.quote or marks.quote not in text:
            fields = text.split(marks.delimiter)
        else:
            fields, problem = _quoted(text, source, marks, width)
        if "\0" in text:
            fields = [value.replace("\0", "") for value in fields]
            problem = problem or "NUL bytes in the line"
        yield _fit(Record(line, fields, problem), width)


def _fit(record: Record, width: int | None) -> Record:
    fields, problem = record.fields, record.problem
    if width is None or len(fields) == width:
        return record
    if len(fields) > width and any(value.strip() for value in fields[width:]):
        problem = problem or f"ragged line: {len(fields)} fields instead of {width}"
    return Record(record.line, fields[:width] + [""] * (width - len(fields)), problem)


def _quoted(text: str, source: _Lines, marks: Marks, width: int | None) -> tuple[list[str], str]:
    """Return the fields of a record with quotes, which may run on over the next lines, and what is wrong with it."""
    fields, unfinished = _parse([text], marks)
    if fields is not None:
        return fields, ""
    taken: list[str] = []
    size = len(text)
    while unfinished and len(taken) < MOST_LINES and size < MOST_CHARACTERS:
        more = source.next()
        if more is None:
            break
        taken.append(more)
        size += len(more)
        if marks.quote not in more:
            continue
        fields, unfinished = _parse([text, *taken], marks)
        if fields is not None and (width is None or len(fields) == width):
            return fields, ""
    source.put_back(taken)
    loose = _loosely(text, marks.delimiter, marks.quote)
    if loose is not None and len(loose) == width:
        return loose, ""
    return text.split(marks.delimiter), "unclosed quote"


def _parse(lines: list[str], marks: Marks) -> tuple[list[str] | None, bool]:
    """Return the fields of one strictly written record, or nothing, and whether it merely lacks its end."""
    joined = [f"{line}\n" for line in lines[:-1]] + [lines[-1]]
    escape = marks.escape if marks.escape != marks.quote else None
    reader = csv.reader(
        joined,
        delimiter=marks.delimiter,
        quotechar=marks.quote,
        escapechar=escape,
        doublequote=escape is None,
        strict=True,
    )
    try:
        fields = next(reader)
    except csv.Error as error:
        return None, "unexpected end" in str(error)
    except StopIteration:
        return None, True
    return (fields, False) if next(reader, None) is None else (None, False)


def _loosely(text: str, delimiter: str, quote: str) -> list[str] | None:
    """Split a line whose quoted values hold quotes that are not doubled: a value ends at a quote before a delimiter.

    Returns nothing when a value that begins with a quote never ends.

    >>> _loosely('1,"a "q" b",3', ",", '"')
    ['1', 'a "q" b', '3']
    >>> _loosely('1,"a,3', ",", '"')
    """
    mark, end = re.escape(quote), re.escape(delimiter)
    piece = re.compile(rf"(?:{mark}(.*?){mark}|((?!{mark})[^{end}]*))({end}|$)")
    fields: list[str] = []
    place = 0
    while match := piece.match(text, place):
        fields.append(match[2] if match[1] is None else match[1])
        if not match[3]:
            return fields
        place = match.end()
    return None
