"""The part of a recipe on segments that people declare."""

from __future__ import annotations

from .section import Section


class Rules(Section):
    """Segments that are declared rather than found."""

    map: str | None = None
    """Map from scores to segments, ``rf-10``, ``rfm-11`` or a YAML file; it adds rule_code and rule_segment."""
