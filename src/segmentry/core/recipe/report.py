"""The part of a recipe on the report."""

from __future__ import annotations

from .section import Section


class Report(Section):
    """What the report shows beyond what every report shows."""

    tsne: bool = False
    """Also draw a map of up to 2,000 customers by t-SNE, which takes some seconds."""
