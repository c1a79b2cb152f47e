"""A way to read a file through the whole stage and look at its rows as plain Python."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from segmentry import sources
from segmentry.core.recipe import Source
from segmentry.engine import Engine


@dataclass(frozen=True)
class Book:
    rows: list[dict[str, Any]]
    facts: sources.Facts

    def column(self, name: str) -> list[Any]:
        return [row[name] for row in self.rows]

    def by_line(self) -> dict[int, dict[str, Any]]:
        return {row["source_line"]: row for row in self.rows}


@pytest.fixture
def load(engine: Engine) -> Callable[..., Book]:
    """Read a path (or a frame) as transactions; keyword arguments are settings of the recipe's source."""

    def loaded(data: Any, **settings: Any) -> Book:
        if isinstance(data, Path | str | list):
            paths = [str(path) for path in data] if isinstance(data, list) else str(data)
            source = Source.model_validate({"path": paths, **settings})
            raw = sources.read(source, lambda: engine.connection)
        else:
            source = Source.model_validate(settings)
            raw = sources.read_frame(data, source, engine.connection)
        found = sources.transactions(raw, source, engine)
        return Book(engine.rows(found.table.order_by("row_id"), step="test"), found.facts)

    return loaded


@pytest.fixture
def load_text(tmp_path: Path, load: Callable[..., Book]) -> Callable[..., Book]:
    """Write bytes or text to a file called *name* and read it."""

    def loaded(content: str | bytes, *, name: str = "sales.csv", **settings: Any) -> Book:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return load(path, **settings)

    return loaded
