"""From the dictionary to one page that holds its own style, script and charts, and asks the network for nothing."""

from __future__ import annotations

import base64
import hashlib
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..charts import Chart, inline, style_sheet
from ..core.errors import OutputError

BUSINESS = ("monthly", "concentration", "countries", "categories")  # charts of the chapter that has no words of its own
_TEMPLATES = Path(__file__).parent / "templates"


def write_html(contents: dict[str, Any], svgs: Mapping[str, str], charts: Mapping[str, Chart], path: Path) -> None:
    """Write the report to *path*, whole or not at all: *svgs* (of ``charts.render``) by chart name, *charts* for words
    and tables. Raises OutputError where the place cannot be written.
    """
    page = render_html(contents, svgs, charts).encode("utf-8", errors="replace")
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


def render_html(contents: dict[str, Any], svgs: Mapping[str, str], charts: Mapping[str, Chart]) -> str:
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
    script = _template("page.js")
    figures = {
        name: {
            "name": name,
            "title": chart.title,
            "subtitle": chart.subtitle,
            "heads": chart.table[0],
            "rows": chart.table[1],
            "svg": Markup(inline(svgs[name], prefix=f"{name}-")),  # noqa: S704 -- charts.drawing escapes every word
        }
        for name, chart in charts.items()
    }
    return environment.get_template("report.html.j2").render(
        **contents,
        figures=figures,
        has_business=any(name in figures for name in BUSINESS),
        style=Markup(style_sheet() + _template("page.css")),  # noqa: S704 -- our own files
        script=Markup(script),  # noqa: S704 -- our own file
        # The hash lets this one script run and no other, whatever a name in the data may hold.
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
    )


def _template(name: str) -> str:
    return (_TEMPLATES / name).read_text(encoding="utf-8")
