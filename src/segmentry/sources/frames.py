"""The caller's DataFrame (pandas, Polars, PyArrow, whatever Narwhals takes) as a table of its own types."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..core.errors import SourceError
from ..core.progress import Progress
from ..core.recipe import Source
from .columnar import content_fingerprint
from .facts import Raw, unique_names
from .reading import free_name
from .typed import copied, create_view, typed_columns

if TYPE_CHECKING:
    import duckdb
    import narwhals as nw
    import pyarrow as pa


def read_frame(
    frame: Any, source: Source, connection: duckdb.DuckDBPyConnection, *, progress: Progress | None = None
) -> Raw:
    """Copy *frame* into a new table of *connection*. Raises SourceError when it is no frame, or is empty."""
    del source, progress
    kind, names, table = _as_arrow(frame)
    where = f"the {kind} frame"
    if not names:
        raise SourceError(f"{where} has no columns.")
    if table.num_rows == 0:
        raise SourceError(f"{where} has columns but no rows.")
    columns, notes = unique_names(names)
    name = free_name(connection)
    connection.register(f"frame_{name}", table)
    try:  # what is registered is known to this cursor only, and the engine asks on several
        relation = copied(connection, name, f"frame_{name}")
    finally:
        connection.unregister(f"frame_{name}")
    kinds = create_view(connection, name, relation, typed_columns(connection, relation.sql))
    return Raw(
        where=where,
        columns=columns,
        rows=table.num_rows,
        files=(),
        description=f"{kind} DataFrame",
        fingerprint=content_fingerprint(connection, name, columns),
        assumptions=notes,
        connection=connection,
        name=name,
        has_header=True,
        kinds=kinds,
        position="position",
    )


def _as_arrow(frame: Any) -> tuple[str, list[str], pa.Table]:
    """Return the kind of *frame*, its column names as text, and its columns, named by position, in Arrow."""
    import narwhals as nw
    import pyarrow as pa

    names, frame = _by_position(frame)
    try:
        native = nw.from_native(frame, pass_through=False)
    except TypeError as error:
        raise SourceError(
            f"A {type(frame).__name__} is not a table.",
            possible="Frames of pandas, Polars, PyArrow and whatever Narwhals takes can be read, and paths of files.",
        ) from error
    eager = native.collect() if isinstance(native, nw.LazyFrame) else native
    kind = eager.implementation.name.lower().replace("pyarrow", "PyArrow").replace("polars", "Polars")
    columns = names or [str(name) for name in eager.columns]
    arrays = [_array(eager[name]) for name in eager.columns]
    table = pa.table(arrays, names=[f"c{place}" for place in range(len(arrays))])
    return kind, columns, table


def _by_position(frame: Any) -> tuple[list[str], Any]:
    """Return the names of a pandas or PyArrow frame, which may repeat or be numbers, and the frame with c0 …."""
    kind = type(frame).__module__.split(".")[0]
    if kind == "pandas" and hasattr(frame, "set_axis") and hasattr(frame, "columns"):
        names = [str(name) for name in frame.columns]
        return names, frame.set_axis([f"c{place}" for place in range(len(names))], axis=1)
    if kind == "pyarrow" and hasattr(frame, "rename_columns"):
        names = [str(name) for name in frame.column_names]
        return names, frame.rename_columns([f"c{place}" for place in range(len(names))])
    return [], frame


def _array(column: nw.Series[Any]) -> Any:
    """Return *column* in Arrow; what Arrow does not take (mixed Python objects, complex numbers) as text."""
    import narwhals as nw
    import pyarrow as pa

    if column.dtype == nw.Categorical or isinstance(column.dtype, nw.Enum):
        column = column.cast(nw.String)
    if column.dtype == nw.Object:
        return pa.array([_spelled(value) for value in column.to_list()], type=pa.string())
    try:
        array = column.to_arrow()
    except pa.ArrowException:
        return pa.array([_spelled(value) for value in column.to_list()], type=pa.string())
    return array.cast(pa.string()) if pa.types.is_null(array.type) else array


def _spelled(value: Any) -> str | None:
    """Return the text of one Python object; a whole float loses its point, for ids that pandas mixes with words."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    text = str(value)
    return None if text in {"None", "nan", "<NA>", "NaT"} else text
