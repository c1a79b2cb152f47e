"""Write the reference pages from the code: ``make docs``. A test fails when a page is not what this script writes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_origin

import typer.main
from pydantic import BaseModel

from segmentry.cli.app import app
from segmentry.core.recipe import Recipe, Section, meanings
from segmentry.features import CATALOGUE
from segmentry.features.affinity import PREFIX

HERE = Path(__file__).parent
NOTE = "<!-- Written by docs/generate.py: change the code, then run `make docs`. -->\n\n"


def pages() -> dict[str, str]:
    """Return the text of every generated page, by its path below ``docs/``."""
    return {
        "reference/recipe.md": recipe_page(),
        "reference/recipe.schema.json": schema_page(),
        "reference/features.md": features_page(),
        "reference/commands.md": commands_page(),
    }


def recipe_page() -> str:
    """Return a table of every setting of the recipe, its default and its meaning."""
    lines = ["# Recipe", "", "Every setting, its default and what it means. Unknown settings are errors.", ""]
    lines += ["For completion in an editor: `# yaml-language-server: $schema=…/recipe.schema.json`.", ""]
    lines += ["| setting | default | meaning |", "|---|---|---|"]
    lines += [f"| `{name}` | {default} | {_cell(meaning)} |" for name, default, meaning in _settings(Recipe, "")]
    return NOTE + "\n".join(lines) + "\n"


def schema_page() -> str:
    """Return the JSON Schema of the recipe, with the meaning of every setting, for completion in editors."""
    schema = Recipe.model_json_schema()
    sections = {section.__name__: section for section in Section.__subclasses__()}
    for name, part in {**schema["$defs"], "Recipe": schema}.items():
        for setting, meaning in meanings(sections[name]).items():
            part["properties"][setting]["description"] = meaning
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def features_page() -> str:
    """Return a table of every feature."""
    lines = ["# Features", "", "One row per customer. A feature's name is its column name everywhere.", ""]
    lines += ["| feature | unit | meaning | needs |", "|---|---|---|---|"]
    for name, feature in CATALOGUE.items():
        lines.append(f"| `{name}` | {feature.column.unit} | {feature.column.meaning} | {', '.join(feature.needs)} |")
    lines.append(f"| `{PREFIX}CATEGORY` | share | Share of monetary spent on one category of products | category |")
    return NOTE + "\n".join(lines) + "\n"


def commands_page() -> str:
    """Return the help of every command."""
    lines = ["# Commands", "", "Exit codes: 0 done, 1 bad input or data, 2 usage, 3 refused (a guard stopped it).", ""]
    for name, command in commands().items():
        lines += [f"## segmentry {name}", "", command.help or "", "", "| option | meaning |", "|---|---|"]
        for option in command.params:
            written = ", ".join(option.opts) if option.param_type_name == "option" else f"`{option.name.upper()}`"
            lines.append(f"| {written} | {_cell(getattr(option, 'help', '') or '')} |")
        lines.append("")
    return NOTE + "\n".join(lines)


def commands() -> dict[str, Any]:
    """Return every command by name, those of a group under ``group command``."""
    found: dict[str, Any] = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    flat = {}
    for name, command in found.items():
        inner = getattr(command, "commands", {})
        flat |= {f"{name} {sub}": one for sub, one in inner.items()} or {name: command}
    return flat


def _settings(section: type[BaseModel], prefix: str) -> Iterator[tuple[str, str, str]]:
    words = meanings(section)
    for name, field in section.model_fields.items():
        default = field.get_default(call_default_factory=True)
        inner = isinstance(default, BaseModel)
        shown = "required" if field.is_required() else "" if inner else f"`{json.dumps(default, default=str)}`"
        yield f"{prefix}{name}", shown, words.get(name, "")
        for inner_section, place in _sections(field.annotation):
            yield from _settings(inner_section, f"{prefix}{name}{place}.")


def _sections(annotation: Any) -> Iterator[tuple[type[BaseModel], str]]:
    """Yield the sections that a setting may be, or (``[]``) be a list of."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation, ""
    for part in get_args(annotation):
        for section, place in _sections(part):
            yield section, ("[]" if get_origin(annotation) is list else "") + place


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def main() -> None:
    """Write the pages."""
    for name, text in pages().items():
        (HERE / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
