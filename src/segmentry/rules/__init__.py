"""Stage 5, rules. Groups that people declare: scores of features, and maps from scores to segments.

Reads the customer table. Writes scores per customer and the segment that a map gives them. Next: profile.
"""

from .conditions import Condition, Conditions, Threshold
from .declared import Declared, declare, sound_map
from .maps import MAPS, Fault, SegmentMap, check, load_map
from .scores import Scale, code, fit_scale

__all__ = [
    "MAPS",
    "Condition",
    "Conditions",
    "Declared",
    "Fault",
    "Scale",
    "SegmentMap",
    "Threshold",
    "check",
    "code",
    "declare",
    "fit_scale",
    "load_map",
    "sound_map",
]
