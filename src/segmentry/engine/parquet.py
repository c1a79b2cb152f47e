"""Files from queries and from NumPy columns, and back, through DuckDB alone (PyArrow takes 0.1 s to import)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from ..core.errors import EngineError, OutputError

# A dictionary of more entries (the usual limit is a fifth of a row group) costs more time than it saves space.
FEW_WORDS = "DICTIONARY_SIZE_LIMIT 1000"


def copy_to_parquet(connection: duckdb.DuckDBPyConnection, query: str, path: Path, *, step: str) -> None:
    """Write what *query* finds to the Parquet file *path*. Raises OutputError or EngineError."""
    target = str(path).replace("'", "''")
    try:
        connection.execute(f"COPY ({query}) TO '{target}' (FORMAT parquet, COMPRESSION snappy)")
    except duckdb.IOException as error:
        raise OutputError(f"{str(path)!r} cannot be written: {error}") from error
    except duckdb.Error as error:
        raise EngineError(step, query, str(error)) from error


def write_rows(
    connection: duckdb.DuckDBPyConnection, query: str, path: Path, *, step: str, words: Mapping[str, Mapping[Any, str]]
) -> None:
    """Write what *query* finds, in its order, to the Parquet or (by its ending) CSV file *path*: whole, or not at all.

    A column in *words* holds a number for each of few words; the word is written. Raises OutputError or EngineError.
    """
    kind = "FORMAT csv, HEADER" if path.suffix == ".csv" else f"FORMAT parquet, COMPRESSION snappy, {FEW_WORDS}"
    beside = path.with_name(f".{path.name}.partial")
    target = str(beside).replace("'", "''")
    try:
        connection.execute(f"COPY ({_spelled(query, words)}) TO '{target}' ({kind})")
        beside.replace(path)
    except (duckdb.IOException, OSError) as error:
        raise OutputError(f"{str(path)!r} cannot be written: {error}") from error
    except duckdb.Error as error:
        raise EngineError(step, query, str(error)) from error
    finally:
        beside.unlink(missing_ok=True)


def _spelled(query: str, words: Mapping[str, Mapping[Any, str]]) -> str:
    """Return *query* with words in place of their numbers.

    As an ENUM they are written four times as fast as text: the file's dictionary is there already.
    """
    if not words:
        return query
    spelled = []
    for column, known in words.items():
        texts = ["'" + word.replace("'", "''") + "'" for word in known.values()]
        kind = f"ENUM({', '.join(dict.fromkeys(texts))})"
        cases = " ".join(f"WHEN {number!r} THEN {text}::{kind}" for number, text in zip(known, texts, strict=True))
        spelled.append(f"CASE {quoted(column)} {cases} END AS {quoted(column)}")
    return f"SELECT * REPLACE ({', '.join(spelled)}) FROM ({query})"


def count_words(path: Path, column: str) -> dict[str, int]:
    """Return how often each word stands in the *column* of the Parquet or CSV file *path*, most frequent first."""
    reader = "read_csv(?, all_varchar = true, header = true)" if path.suffix == ".csv" else "read_parquet(?)"
    with scratch().cursor() as connection:
        found = connection.execute(
            f"SELECT {quoted(column)}::VARCHAR, count(*) FROM {reader} GROUP BY ALL ORDER BY 2 DESC, 1", [str(path)]
        ).fetchall()
    return {"" if word is None else str(word): int(count) for word, count in found}


def write_columns(columns: Mapping[str, NDArray[Any]], path: Path, *, step: str) -> None:
    """Write NumPy *columns* (text as objects, NaN, None and what is masked as null, days as dates) to the Parquet file
    *path*.
    """
    # The query names columns by position; their names, which may be anything, appear only as quoted aliases.
    positions = {f"c{i}": _known(values) for i, values in enumerate(columns.values())}
    # A column without any text has no type of its own.
    kinds = {"M": "::DATE", "O": "::VARCHAR"}
    selected = ", ".join(
        f"c{i}{kinds.get(values.dtype.kind, '')} AS {quoted(name)}" for i, (name, values) in enumerate(columns.items())
    )
    with scratch().cursor() as connection:
        connection.register("columns", positions)
        copy_to_parquet(connection, f"SELECT {selected} FROM columns", path, step=step)


def write_csv(columns: Mapping[str, NDArray[Any]], path: Path) -> None:
    """Write NumPy *columns* of known content (numbers, days, plain words) to the CSV file *path*, as they are."""
    seconds = {name: _known(values) for name, values in columns.items()}
    selected = ", ".join(
        f"{quoted(name)}::DATE AS {quoted(name)}" if values.dtype.kind == "M" else quoted(name)
        for name, values in seconds.items()
    )
    with scratch().cursor() as connection:
        connection.register("columns", seconds)
        target = str(path).replace("'", "''")
        connection.execute(f"COPY (SELECT {selected} FROM columns) TO '{target}' (FORMAT csv, HEADER)")


def replace_rows(whole: Path, old: Path, new: Path) -> None:
    """Write to the Parquet file *new* the rows of *whole* without those of *old*, and its own; remove *old*."""
    names = {"whole": whole, "old": old, "new": new}
    read = {name: f"read_parquet({_literal(path)})" for name, path in names.items()}
    beside = new.with_name(f"{new.name}.partial")
    sql = (
        f"SELECT * FROM (SELECT * FROM {read['whole']} EXCEPT ALL SELECT * FROM {read['old']})"
        f" UNION ALL SELECT * FROM {read['new']}"
    )
    with scratch().cursor() as connection:
        copy_to_parquet(connection, sql, beside, step="rows set aside")
    beside.replace(new)
    old.unlink()


def _literal(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


def _known(values: NDArray[Any]) -> NDArray[Any]:
    """Return *values* as DuckDB reads them: in one piece, unless some are masked; of dates, it knows seconds."""
    if isinstance(values, np.ma.MaskedArray):
        return values
    return np.ascontiguousarray(values.astype("datetime64[s]") if values.dtype.kind == "M" else values)


def read_columns(path: Path) -> dict[str, NDArray[Any]]:
    """Return the columns of the Parquet file *path*. Raises duckdb.Error when it is none."""
    with scratch().cursor() as connection:
        found = connection.execute("SELECT * FROM read_parquet(?)", [str(path)]).fetchnumpy()
    return {name: plain_array(values) for name, values in found.items()}


@cache
def scratch() -> duckdb.DuckDBPyConnection:
    """Return an empty database for files that come from no query: starting one takes 25 ms, a cursor of it nothing."""
    return duckdb.connect()


def quoted(name: str) -> str:
    """Return *name* as an SQL identifier.

    >>> quoted('a"b')
    '"a""b"'
    """
    return '"' + name.replace('"', '""') + '"'


def plain_array(column: Any) -> NDArray[Any]:
    """Return a DuckDB result column without a mask: numbers as float64 with NaN, the rest as objects with None."""
    values = column if isinstance(column, np.ndarray) else np.asarray(column)
    masked = isinstance(values, np.ma.MaskedArray)
    if values.dtype.kind in "iufb":
        numbers = values.astype(np.float64)
        return np.ma.filled(numbers, np.nan) if masked else numbers
    if not masked:
        return values
    plain = np.ma.getdata(values).astype(object)
    plain[np.ma.getmaskarray(values)] = None  # np.ma.filled takes None for "the usual", which is a question mark
    return plain
