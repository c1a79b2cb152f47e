"""What every part of a recipe has in common."""

from __future__ import annotations

import ast
import inspect
import itertools
import textwrap

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """A part of the recipe: immutable, and closed to keys it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def meanings(section: type[BaseModel]) -> dict[str, str]:
    """Return what each setting of *section* means: the docstring below it.

    Read from the source when somebody asks; letting pydantic do it costs every start 0.1 s.
    """
    body = ast.parse(textwrap.dedent(inspect.getsource(section))).body[0]
    assert isinstance(body, ast.ClassDef)  # noqa: S101 -- a section is a class
    found = {}
    for setting, text in itertools.pairwise(body.body):
        is_text = isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant)
        if isinstance(setting, ast.AnnAssign) and isinstance(setting.target, ast.Name) and is_text:
            found[setting.target.id] = inspect.cleandoc(str(text.value.value))  # type: ignore[attr-defined]
    return found
