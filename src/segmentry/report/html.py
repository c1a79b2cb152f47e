"""From the dictionary to one page that holds its own style, script and charts, and asks the network for nothing."""

from __future__ import annotations

import base64
import hashlib
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..charts import Chart, inline, style_sheet
from ..core.errors import OutputError

BUSINESS = ("monthly", "concentration", "countries", "categories")  # charts of the chapter that has no words of its own
_TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class Chapter:
    """One segmentation in the report: what it says (:func:`contents`), its charts, and their pictures by name.

    *name* tells it from other chapters; the only one has none.
    """

    contents: Mapping[str, Any]
    charts: Mapping[str, Chart]
    svgs: Mapping[str, str]
    name: str = ""


def write_html(chapters: Sequence[Chapter], path: Path, *, overview: Chapter | None = None) -> None:
    """Write the report to *path*, whole or not at all: one chapter, or several under an *overview* of all of them
    (:func:`cohort_contents`). Raises OutputError where the place cannot be written.
    """
    page = render_html(chapters, overview=overview).encode("utf-8", errors="replace")
    scratch = ""
    try:
        handle, scratch = tempfile.mkstemp(dir=path.parent, prefix=".report-", suffix=".html")
        with os.fdopen(handle, "wb") as file:
            file.write(page)
        Path(scratch).chmod(0o644)  # mkstemp makes files that only their owner can read
        Path(scratch).replace(path)
    except OSError as error:
        if scratch:
            Path(scratch).unlink(missing_ok=True)
        raise OutputError(
            f"The report {str(path)!r} cannot be written: {error.strerror}.", action="Choose another --out."
        ) from error


def render_html(chapters: Sequence[Chapter], *, overview: Chapter | None = None) -> str:
    """Return the page as text. All that comes from data is escaped; only our own style, script and SVGs are not."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # not needed without a report
    from markupsafe import Markup

    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )

    def rendered(template: str, values: Mapping[str, Any]) -> Markup:
        return Markup(environment.get_template(template).render(**values))  # noqa: S704 -- escaped by the template

    script = _template("page.js")
    parts = [_values(chapter) for chapter in chapters]
    whole = (_values(overview) if overview else parts[0]) | {"parts": parts}
    return environment.get_template("report.html.j2").render(
        title=whole["title"],
        as_of=whole["as_of"],
        navigation=rendered("overview_contents.html.j2" if overview else "contents.html.j2", whole),
        before=rendered("overview.html.j2", whole) if overview else "",
        chapters=[rendered("chapter.html.j2", values) for values in parts],
        after=rendered("overview_end.html.j2", whole) if overview else "",
        style=Markup(style_sheet() + _template("page.css")),  # noqa: S704 -- our own files
        script=Markup(script),  # noqa: S704 -- our own file
        # The hash lets this one script run and no other, whatever a name in the data may hold.
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
    )


def _values(chapter: Chapter) -> dict[str, Any]:
    """Return what the templates of a chapter use; every id on the page begins with the chapter's prefix."""
    from markupsafe import Markup

    prefix = f"{chapter.name}-" if chapter.name else ""
    figures = {
        name: {
            "name": name,
            "title": chart.title,
            "subtitle": chart.subtitle,
            "heads": chart.table[0],
            "rows": chart.table[1],
            "svg": Markup(inline(chapter.svgs[name], prefix=f"{prefix}{name}-", segments=prefix)),  # noqa: S704 -- charts.drawing escapes every word
        }
        for name, chart in chapter.charts.items()
    }
    has_business = any(name in figures for name in BUSINESS)
    return {**chapter.contents, "figures": figures, "prefix": prefix, "has_business": has_business}


def _template(name: str) -> str:
    return (_TEMPLATES / name).read_text(encoding="utf-8")
