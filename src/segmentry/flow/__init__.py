"""Stage 11, flow: the table of contents. Knows the order of the stages and nothing of their business.

``segment`` finds segments and returns them; ``run`` also leaves a run folder; ``score`` labels customers with a model.
Each name is imported when it is first used: a run reads its file while the later stages are still on their way.
"""

from typing import TYPE_CHECKING

from ..core.imports import on_first_use

if TYPE_CHECKING:
    from .cohorts import CohortSegmentation
    from .running import run
    from .scoring import Scored, SegmentModel, load, score
    from .segmentation import Segmentation
    from .segmenting import find_segments, segment

__all__ = [
    "CohortSegmentation",
    "Scored",
    "SegmentModel",
    "Segmentation",
    "find_segments",
    "load",
    "run",
    "score",
    "segment",
]

__getattr__ = on_first_use(
    __name__,
    {
        "CohortSegmentation": "cohorts",
        "Scored": "scoring",
        "SegmentModel": "scoring",
        "Segmentation": "segmentation",
        "find_segments": "segmenting",
        "load": "scoring",
        "run": "running",
        "score": "scoring",
        "segment": "segmenting",
    },
)
