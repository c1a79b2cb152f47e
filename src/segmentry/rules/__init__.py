"""*Stage 5: rules.* Groups that people declare: a label, conditions, or scores of features and a map from scores.

Reads the customer table. Writes the segment that the rules declare for each customer, and scores where a map does.
Next: ``compare``. Each name is imported when it is first used: most runs declare nothing.
"""

from typing import TYPE_CHECKING

from ..core.imports import on_first_use

if TYPE_CHECKING:
    from .checking import Report, report
    from .conditions import Condition, Conditions, Threshold
    from .declared import Declared, Label, Rulebook, declare, read_rules
    from .maps import MAPS, Fault, SegmentMap, check, load_map
    from .scores import Scale, code, fit_scale
    from .scoring import Scoring

__all__ = [
    "MAPS",
    "Condition",
    "Conditions",
    "Declared",
    "Fault",
    "Label",
    "Report",
    "Rulebook",
    "Scale",
    "Scoring",
    "SegmentMap",
    "Threshold",
    "check",
    "code",
    "declare",
    "fit_scale",
    "load_map",
    "read_rules",
    "report",
]

__getattr__ = on_first_use(
    __name__,
    {
        "MAPS": "maps",
        "Condition": "conditions",
        "Conditions": "conditions",
        "Declared": "declared",
        "Fault": "maps",
        "Label": "declared",
        "Report": "checking",
        "Rulebook": "declared",
        "Scale": "scores",
        "Scoring": "scoring",
        "SegmentMap": "maps",
        "Threshold": "conditions",
        "check": "maps",
        "code": "scores",
        "declare": "declared",
        "fit_scale": "scores",
        "load_map": "maps",
        "read_rules": "declared",
        "report": "checking",
    },
)
