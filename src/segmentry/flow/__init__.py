"""*Stage 11: flow.* The table of contents: knows the order of the stages and nothing of their business.

``segment`` finds segments and returns them; ``run`` also leaves a run folder; ``refresh``
follows an earlier one; ``score`` labels customers with a model;
``check_rules`` says what declared segments do to the customers.
Each name is imported when it is first used: a run reads its file while the later stages are still on their way.
"""

from typing import TYPE_CHECKING

from ..core.imports import on_first_use

if TYPE_CHECKING:
    from .checking import check_rules
    from .cohorts import CohortSegmentation
    from .refreshing import refresh
    from .running import run
    from .scoring import Scored, SegmentModel, load, score
    from .segmentation import Segmentation
    from .segmenting import find_segments, segment
    from .streaming import Written, score_to_file

__all__ = [
    "CohortSegmentation",
    "Scored",
    "SegmentModel",
    "Segmentation",
    "Written",
    "check_rules",
    "find_segments",
    "load",
    "refresh",
    "run",
    "score",
    "score_to_file",
    "segment",
]

__getattr__ = on_first_use(
    __name__,
    {
        "CohortSegmentation": "cohorts",
        "Scored": "scoring",
        "SegmentModel": "scoring",
        "Segmentation": "segmentation",
        "check_rules": "checking",
        "find_segments": "segmenting",
        "load": "scoring",
        "refresh": "refreshing",
        "run": "running",
        "Written": "streaming",
        "score": "scoring",
        "score_to_file": "streaming",
        "segment": "segmenting",
    },
)
