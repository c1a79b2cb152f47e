"""Frames of the caller's own kind, in and out, through Narwhals."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from ..core.errors import RecipeError, SourceError

Kind = Literal["pandas", "polars", "pyarrow"]


def kind_of(frame: Any) -> Kind:
    """Return which library *frame* is of; kinds that are not named here are given back as pandas."""
    import narwhals as nw

    try:
        implementation = nw.from_native(frame).implementation
    except nw.exceptions.DuplicateError:  # reading numbers the names that repeat, as they may in these two
        return "pyarrow" if type(frame).__module__.startswith("pyarrow") else "pandas"
    except TypeError as error:
        raise SourceError(
            f"A {type(frame).__name__} is not a frame.", possible="pandas, Polars and PyArrow frames can be read."
        ) from error
    if implementation.is_polars():
        return "polars"
    return "pyarrow" if implementation.is_pyarrow() else "pandas"


def to_frame(columns: Mapping[str, Any], kind: Kind) -> Any:
    """Return *columns* (name to NumPy array or list) as a frame of *kind*."""
    import narwhals as nw

    plain = {name: values.tolist() if _is_text(values) else values for name, values in columns.items()}
    return nw.from_dict(plain, backend=kind).to_native()


def with_columns(frame: Any, roles: Mapping[str, Any]) -> tuple[Any, dict[str, str]]:
    """Return *frame* with the computed columns among *roles* added, and the column name of each role."""
    computed = {role: values for role, values in roles.items() if not isinstance(values, str)}
    named = {role: name for role, name in roles.items() if isinstance(name, str)}
    if not computed:
        return frame, named
    import narwhals as nw

    try:
        wide = nw.from_native(frame)
    except nw.exceptions.DuplicateError as error:
        raise SourceError(
            f"The frame has several columns of one name, and {', '.join(computed)} cannot be put beside them.",
            action="Name each column once.",
        ) from error
    taken = set(wide.collect_schema().names())
    for role, values in computed.items():
        name = role
        while name in taken:
            name += "_"
        wide = wide.with_columns(_column(frame, wide, values, role).alias(name))
        taken.add(name)
        named[role] = name
    return wide.to_native(), named


def _column(frame: Any, wide: Any, values: Any, role: str) -> Any:
    """Return *values*, a series, array or list, as a series beside the rows of *frame*. Raises RecipeError.

    A pandas series is brought into the order of the frame by its index, as pandas users expect.
    """
    import narwhals as nw

    if hasattr(values, "reindex") and hasattr(frame, "index") and not values.index.equals(frame.index):
        if not (values.index.is_unique and frame.index.is_unique and set(values.index) == set(frame.index)):
            raise RecipeError(f"{role} has another index than the frame.", action="Compute it from the frame itself.")
        values = values.reindex(frame.index)
    try:
        series = nw.from_native(values, series_only=True)
    except TypeError:
        series = nw.new_series(role, list(values), backend=wide.implementation)
    if len(series) != len(wide):
        raise RecipeError(f"{role} has {len(series)} values, but the frame has {len(wide)} rows.")
    return series


def _is_text(values: Any) -> bool:
    return getattr(getattr(values, "dtype", None), "kind", "") == "O"
