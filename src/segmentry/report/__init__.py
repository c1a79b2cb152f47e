"""*Stage 10: report.* Reads everything a run found. Writes one dictionary (:func:`contents`), then one page that
needs nothing else (:func:`write_html`): it opens offline, prints, and works without JavaScript. :func:`segments_html`
is the table a notebook shows. Next: ``flow``.
"""

from __future__ import annotations

from .cohorts import cohort_contents
from .contents import contents
from .html import Chapter, write_html
from .notebook import segments_html
from .over_time import OverTime
from .since import Since

__all__ = ["Chapter", "OverTime", "Since", "cohort_contents", "contents", "segments_html", "write_html"]
