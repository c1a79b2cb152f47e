"""Text files into DuckDB: the fast way while everything is in order, the careful way when a file is not."""

from __future__ import annotations

import glob
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from ..core.errors import SourceError
from ..core.recipe import Format
from . import encodings, staging
from .encodings import Encoding
from .facts import Assumption, Raw, short, unique_names
from .files import DataFile
from .fingerprints import all_together
from .layout import Layout
from .repair import repair
from .rows import create_raw
from .texts import TextFile, prepare

# DuckDB's own limit of 2 MB is too tight for lines that the careful way has written (with quotes doubled).
LONGEST_LINE = 8_000_000
# Bytes that a core takes at a time: DuckDB's own 32 MB leave one of two cores idle for half of a file of 45 MB, and of
# a large file smaller pieces cost more.
PIECE, LARGE, LARGE_PIECE = 12_000_000, 200_000_000, 32_000_000
# Blank lines that are worth a word: more of them than this share of the rows.
MANY_BLANK = 0.01


@dataclass(frozen=True)
class Loaded:
    """What loading one file gave: rows in the table, blank lines skipped, the digest of the file, its true encoding."""

    rows: int
    blank: int
    digest: bytes
    encoding: Encoding


def read_delimited(
    first: TextFile,
    others: list[DataFile],
    given: Format,
    connection: duckdb.DuckDBPyConnection,
    name: str,
    *,
    folder: Path,
    progress: Callable[[int, int], None],
) -> Raw:
    """Load the *first* text file and *others* with equal columns into the new table *name*; *folder* takes copies.

    Raises SourceError.
    """
    files = [first.file, *others]
    create_raw(connection, name, first.layout.width)
    rows = blank = 0
    digests = []
    used: dict[Encoding, None] = {}
    for place, file in enumerate(files):
        text = first if place == 0 else _like(prepare(file, given, folder), first)
        order = (
            [text.layout.names.index(column) for column in first.layout.names] if place else range(first.layout.width)
        )
        loaded = _load(
            text,
            connection,
            name,
            first_row=rows,
            order=list(order),
            folder=folder,
            progress=progress,
        )
        rows, blank = rows + loaded.rows, blank + loaded.blank
        digests.append(loaded.digest)
        used[loaded.encoding] = None
    where = files[0].name if len(files) == 1 else f"{len(files)} files"
    if rows == 0:
        raise SourceError(f"{where!r} has a header but no rows.", action="Export it again, with its data.")
    columns, renamed = unique_names(list(first.layout.names))
    if first.layout.has_header:
        _mark_repeated_headers(connection, name, first.layout.names)
    return Raw(
        where=where,
        columns=columns,
        rows=rows,
        files=tuple(file.name for file in files),
        description=", ".join((first.layout.title, *(encoding.title for encoding in used))),
        fingerprint=all_together(digests),
        assumptions=(*renamed, *_notes(list(used), blank, rows, given)),
        connection=connection,
        name=name,
        has_header=first.layout.has_header,
        digests=tuple(one.hex() for one in digests),
    )


def _like(text: TextFile, first: TextFile) -> TextFile:
    """Return *text* if it has the columns of the *first* file, in any order. Raises SourceError."""
    if sorted(text.layout.names) == sorted(first.layout.names):
        return text
    extra = [name for name in text.layout.names if name not in first.layout.names]
    absent = [name for name in first.layout.names if name not in text.layout.names]
    differences = [f"has {short(extra[0])!r}"] * bool(extra) + [f"lacks {short(absent[0])!r}"] * bool(absent)
    raise SourceError(
        f"{text.file.name!r} has other columns than {first.file.name!r}:"
        f" it {' and '.join(differences) or 'repeats one'}.",
        action="Give files with the same columns, or one of them; trades beside accounts need --kind accounts.",
    )


def _load(
    text: TextFile,
    connection: duckdb.DuckDBPyConnection,
    name: str,
    *,
    first_row: int,
    order: list[int],
    folder: Path,
    progress: Callable[[int, int], None],
) -> Loaded:
    """Append the rows of one file: fast, and again carefully if that fails or its lines do not add up."""
    shift, line_end = text.layout.skip + 1 - first_row, text.layout.line_end[-1]
    connection.execute("BEGIN")  # rows that are taken back leave no gap in rowid, as deleted ones would
    in_order = False
    try:
        with ThreadPoolExecutor(1) as aside:  # the bytes are counted on another core while DuckDB loads
            scanning = aside.submit(lambda: text.scan or staging.scan(text.staged.path, line_end, progress))
            rows = _load_fast(text, connection, name, order=order, shift=shift)
            scan = scanning.result()
        if rows is not None and not scan.has_nul:
            surplus = scan.lines - text.layout.skip - rows
            in_order = surplus == 0 or surplus == _shift_lines(connection, name, text.layout, first_row, shift)
    finally:
        connection.execute("COMMIT" if in_order else "ROLLBACK")
    blank = 0
    if not in_order or rows is None:
        text = _recoded(text, folder, doubtful=rows is None)
        rows, blank = _load_carefully(text, connection, name, order=order, first_row=first_row, folder=folder)
    if text.staged != text.file:  # a copy of ours: one at a time is enough on disk
        text.staged.path.unlink()
    return Loaded(rows, blank, scan.digest, text.encoding)


def _load_fast(
    text: TextFile,
    connection: duckdb.DuckDBPyConnection,
    name: str,
    *,
    order: list[int],
    shift: int,
) -> int | None:
    """Append the rows of a file that is strictly in order; return how many, or nothing (and none) if it is not."""
    layout = text.layout
    columns = ", ".join(f"'c{place}': 'VARCHAR'" for place in range(layout.width))
    picked = [f"c{place}" for place in order]
    # strict_mode is DuckDB's default; said aloud, DuckDB 2.0 finds no row at all in a file with CRLF.
    settings = "auto_detect = false, header = false, nullstr = '', compression = 'none'"
    is_large = text.staged.path.stat().st_size > LARGE
    settings += f", buffer_size = {LARGE_PIECE if is_large else PIECE}"
    line_end = {"\n": "\\n", "\r\n": "\\r\\n", "\r": "\\r"}[layout.line_end]
    sql = (
        f"INSERT INTO {name} SELECT {', '.join(picked)}, ?, ?, NULL"
        f" FROM read_csv(?, columns = {{{columns}}}, {settings},"
        f" delim = ?, quote = ?, escape = ?, skip = {layout.skip}, new_line = '{line_end}')"
    )
    values = [text.file.name, shift, _literal(text.staged.path), layout.delimiter, layout.quote, layout.escape]
    try:
        return int(connection.execute(sql, values).fetchall()[0][0])
    except duckdb.OutOfMemoryException:
        raise
    except duckdb.Error:  # a fault somewhere in the file: the careful way finds out where, and goes on
        return None


def _literal(path: Path) -> str:
    """Return *path* so that DuckDB takes brackets and stars in it for what they are."""
    return glob.escape(str(path))


def _shift_lines(connection: duckdb.DuckDBPyConnection, name: str, layout: Layout, first_row: int, shift: int) -> int:
    """Note the lines of rows whose values span several lines; return how many lines that makes beyond one a row."""
    counted = " + ".join(
        f"coalesce(length(c{place}) - length(replace(c{place}, chr(10), '')), 0)" for place in range(layout.width)
    )
    connection.execute(
        f"""UPDATE {name} SET line_shift = {shift} + later.extra FROM (
              SELECT rowid AS row, coalesce(sum({counted}) OVER (ORDER BY rowid ROWS BETWEEN UNBOUNDED PRECEDING
                     AND 1 PRECEDING), 0) AS extra FROM {name} WHERE rowid >= {first_row}) AS later
            WHERE {name}.rowid = later.row AND later.extra > 0"""
    )
    total = connection.execute(f"SELECT sum({counted}) FROM {name} WHERE rowid >= {first_row}").fetchall()[0][0]
    return int(total or 0)


def _recoded(text: TextFile, folder: Path, *, doubtful: bool) -> TextFile:
    """Return *text* for the careful way; when *doubtful*, every byte of it is asked for its encoding."""
    encoding = text.encoding
    if doubtful and encoding.is_plain:
        encoding = encodings.detect_in_all(staging.blocks(text.file))
    if encoding == text.encoding:
        return text
    if text.staged != text.file:
        text.staged.path.unlink()
    staged = staging.copy(text.file, encoding, blanks_to_tabs=text.layout.whitespace, folder=folder)
    return replace(text, staged=staged, encoding=encoding)


def _load_carefully(
    text: TextFile,
    connection: duckdb.DuckDBPyConnection,
    name: str,
    *,
    order: list[int],
    first_row: int,
    folder: Path,
) -> tuple[int, int]:
    """Append the rows of one file by way of a repaired copy; return how many, and how many blank lines there were."""
    target = folder / f"repaired-{first_row}.csv"
    rows, blank = repair(text.staged.path, text.layout, target, first_row=first_row)
    columns = ", ".join(f"'c{place}': 'VARCHAR'" for place in range(text.layout.width))
    picked = [f"c{place}" for place in order]
    settings = "auto_detect = false, header = false, nullstr = '', delim = ',', quote = '\"', escape = '\"'"
    if rows:
        connection.execute(
            f"INSERT INTO {name} SELECT {', '.join(picked)}, ?, shift, problem"
            f" FROM read_csv(?, columns = {{{columns}, 'shift': 'BIGINT', 'problem': 'VARCHAR'}}, {settings},"
            f" new_line = '\\n', max_line_size = {LONGEST_LINE}, parallel = false)",
            [text.file.name, _literal(target)],
        )
    target.unlink()
    return rows, blank


def _mark_repeated_headers(connection: duckdb.DuckDBPyConnection, name: str, names: tuple[str, ...]) -> None:
    """Note rows that repeat the header, as in files that were put together from several."""
    filled = [(place, text) for place, text in enumerate(names) if text]
    if not filled:
        return
    # The first condition is cheap and holds nearly nowhere; trimming every value is not.
    same = " AND ".join([f"contains(c{filled[0][0]}, ?)", *(f"trim(c{place}) = ?" for place, _ in filled)])
    values = [filled[0][1], *(text for _, text in filled)]
    if connection.execute(f"SELECT count(*) FROM {name} WHERE {same}", values).fetchall()[0][0]:
        connection.execute(f"UPDATE {name} SET problem = 'repeated header' WHERE {same}", values)


def _notes(used: list[Encoding], blank: int, rows: int, given: Format) -> tuple[Assumption, ...]:
    notes = []
    other = [
        encoding.title for encoding in used if given.encoding and encoding != encodings.given_encoding(given.encoding)
    ]
    if other:
        text = f"some bytes are not {given.encoding}, as was set: read as {', '.join(other)}"
        notes.append(Assumption(text, "source.format.encoding"))
    if blank > MANY_BLANK * rows:
        notes.append(Assumption(f"{blank:,} blank lines were skipped", "take them out of the file"))
    if any(encoding.damaged for encoding in used):
        notes.append(Assumption("some bytes are not UTF-8 and were replaced by �", "source.format.encoding"))
    return tuple(notes)
