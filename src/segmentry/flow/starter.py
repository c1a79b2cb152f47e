"""A first recipe for a data file: every setting with its meaning, filled in with what was found in the data."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel

from ..core.progress import Progress, Silent
from ..core.recipe import Recipe, Source, meanings, parse_recipe
from ..engine import Engine, open_local
from ..sources import Facts, accounts, customers, read, read_account_files, transactions
from .telling import tell_reading

# Where the recipe names columns that only accounts have.
BOOK = {"nav": "nav_column", "opened": "opened", "type": "type"}


def starter_recipe(recipe: Recipe, target: Path, *, progress: Progress | None = None) -> str:
    """Look at the source of *recipe* and return the text of a commented recipe to be saved as *target*.

    Paths in it are relative to the folder of *target*. Raises SourceError when the source cannot be read.
    """
    where, facts = _looked_at(recipe.source, progress or Silent())
    tell_reading(where, facts, progress or Silent())
    document = recipe.model_dump(mode="json")
    source = document["source"]
    source["path"] = _relative(source["path"], target)
    source["columns"] |= {role: name for role, name in facts.roles.items() if role in source["columns"]}
    source["book"] |= {BOOK[role]: name for role, name in facts.roles.items() if role in BOOK}
    lines = [
        f"# Segmentry recipe for {where}: {facts.rows:,} rows, {facts.description}.",
        "# Every setting is listed with its meaning; delete what you do not change. Run it: segmentry run "
        + target.name,
    ]
    lines += [
        f"# Assumed: {_one_line(assumption.text)} (to change it: {assumption.change})"
        for assumption in facts.assumptions
    ]
    return "\n".join([*lines, "", *_section(parse_recipe(document), indent=0)]) + "\n"


def _looked_at(source: Source, progress: Progress) -> tuple[str, Facts]:
    """Return the name of the source, and what is found in it."""
    connection = open_local()
    if source.kind == "accounts":
        parts = read_account_files(source, lambda: connection, progress=progress)
        where = ", ".join(dict.fromkeys(part.raw.where for part in parts))
        return where, accounts(parts, source, Engine(connection)).facts
    raw = read(source, lambda: connection, progress=progress)
    looked_at = transactions if source.kind == "transactions" else customers
    return raw.where, looked_at(raw, source, Engine(connection)).facts


def _section(section: BaseModel, *, indent: int) -> list[str]:
    lines = []
    words = meanings(type(section))
    for name in type(section).model_fields:
        value = getattr(section, name)
        pad = " " * indent
        lines.append(f"{pad}# {_one_line(words[name])}")
        if isinstance(value, BaseModel):
            lines += [f"{pad}{name}:", *_section(value, indent=indent + 2)]
        else:
            lines.append(f"{pad}{name}: {_scalar(value)}")
        if indent == 0:
            lines.append("")
    return lines


def _scalar(value: Any) -> str:
    """Return *value* as YAML on one line."""
    plain = list(value) if isinstance(value, tuple) else value
    text = yaml.safe_dump(plain, default_flow_style=True, allow_unicode=True, width=10_000)
    return text.removesuffix("...\n").strip()


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _relative(path: str | list[str] | None, target: Path) -> str | list[str] | None:
    if isinstance(path, list):
        return [os.path.relpath(each, target.parent) for each in path]
    return os.path.relpath(path, target.parent) if path else None
