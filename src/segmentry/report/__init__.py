"""*Stage 10: the report.* Reads everything a run found. Writes one dictionary (:func:`contents`), then one page that
needs nothing else (:func:`write_html`): it opens offline, prints, and works without JavaScript. Next: ``flow``.
"""

from __future__ import annotations

from .contents import contents
from .html import write_html

__all__ = ["contents", "write_html"]
