"""Stage 11, flow: the table of contents. Knows the order of the stages and nothing of their business.

``segment`` finds segments and returns them; ``run`` also leaves a run folder; ``score`` labels customers with a model.
"""

from .running import run
from .scoring import Scored, SegmentModel, load, score
from .segmentation import Segmentation
from .segmenting import find_segments, segment

__all__ = ["Scored", "SegmentModel", "Segmentation", "find_segments", "load", "run", "score", "segment"]
