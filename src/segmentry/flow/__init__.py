"""Stage 11, flow: the table of contents. Knows the order of the stages and nothing of their business.

``segment`` finds segments and returns them; ``run`` also leaves a run folder; ``score`` labels customers with a model.
Each name is imported when it is first used: a run reads its file while the later stages are still on their way.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .running import run
    from .scoring import Scored, SegmentModel, load, score
    from .segmentation import Segmentation
    from .segmenting import find_segments, segment

__all__ = ["Scored", "SegmentModel", "Segmentation", "find_segments", "load", "run", "score", "segment"]

_HOMES = {
    "Scored": "scoring",
    "SegmentModel": "scoring",
    "Segmentation": "segmentation",
    "find_segments": "segmenting",
    "load": "scoring",
    "run": "running",
    "score": "scoring",
    "segment": "segmenting",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)
