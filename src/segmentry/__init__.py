"""Segmentry: from raw transactions to named, explained, tracked and delivered customer segments.

>>> import segmentry as sg
>>> sorted(name for name in dir(sg) if not name.startswith("_"))[:4]
['Recipe', 'SegmentModel', 'Segmentation', 'SegmentryError']
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from . import cluster, prepare
    from .core.errors import SegmentryError
    from .core.recipe import Recipe
    from .flow import Segmentation, SegmentModel, load, refresh, run, score, segment

__version__ = "0.1.0"

# Where each public name lives; its module is imported when the name is first used, so that importing this is free.
_HOMES = {
    "Recipe": "core.recipe",
    "SegmentModel": "flow",
    "Segmentation": "flow",
    "SegmentryError": "core.errors",
    "cluster": "",
    "load": "flow",
    "prepare": "",
    "refresh": "flow",
    "run": "flow",
    "score": "flow",
    "segment": "flow",
}

__all__ = [
    "Recipe",
    "SegmentModel",
    "Segmentation",
    "SegmentryError",
    "cluster",
    "load",
    "prepare",
    "refresh",
    "run",
    "score",
    "segment",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    home = _HOMES[name]
    return getattr(import_module(f".{home}", __name__), name) if home else import_module(f".{name}", __name__)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
