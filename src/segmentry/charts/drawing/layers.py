"""From a view of the specification to its layers: each a mark with all its properties, its records and its encoding."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from .scales import Scale
from .settings import Settings
from .subset import Record, Spec, Unsupported, one_of, only

VIEW_KEYS = {"data", "encoding", "height", "layer", "mark", "title", "transform", "width"}
_LAYER_KEYS = {"data", "encoding", "mark", "transform"}
_ACROSS = {"axis", "datum", "field", "scale", "sort", "stack", "title", "type", "value"}
_PAINT = {"field", "legend", "scale", "title", "type", "value"}
_SECOND = {"datum", "field", "value"}
_WORDS = {"field", "type", "value"}
PAINTS = ("color", "fill", "stroke", "opacity", "fillOpacity", "strokeOpacity", "strokeWidth", "size", "shape")
_CHANNELS: Mapping[str, set[str]] = {
    "x": _ACROSS, "y": _ACROSS, "x2": _SECOND, "y2": _SECOND, "text": _WORDS, "description": _WORDS,
    "detail": {"field", "type"}, **dict.fromkeys(PAINTS, _PAINT),
}  # fmt: skip
_PREDICATES: Mapping[str, Callable[[Any, Any], bool]] = {
    "equal": operator.eq, "lt": operator.lt, "lte": operator.le, "gt": operator.gt, "gte": operator.ge,
    "oneOf": lambda value, choices: value in choices,
}  # fmt: skip


@dataclass(frozen=True)
class Layer:
    """One mark type drawn for every record.

    Attributes
    ----------
    mark
        Its ``type`` and every property, the configuration's included.
    encoding
        Channel → definition; only known channels with known keys.
    records
        The data, filters applied.
    where
        Its place in the specification, for messages.
    """

    mark: Spec
    encoding: Mapping[str, Spec]
    records: Sequence[Record]
    where: str

    def column(self, field: str) -> list[Any]:
        """Return the *field* of every record; None where a record has none."""
        return [record.get(field) for record in self.records]

    @property
    def is_path(self) -> bool:
        """Return whether several records make one mark."""
        return self.mark["type"] in {"line", "area"}

    @property
    def dimension(self) -> str:
        """Return the channel along which bars, lines and areas stand: ``x`` for upright ones, by Vega-Lite's rules."""
        if self.mark.get("orient"):
            return "x" if one_of(self.mark, "orient", ["vertical", "horizontal"], self.where) == "vertical" else "y"
        measures = [channel for channel in ("x", "y") if self.encoding.get(channel, {}).get("type") == "quantitative"]
        ranged = [channel for channel in ("x", "y") if f"{channel}2" in self.encoding]
        if len(ranged) == 1 and len(measures) == 2:
            # A bar's range is the bin it stands on; an area's range is what it fills.
            return ranged[0] if self.mark["type"] == "bar" else {"x": "y", "y": "x"}[ranged[0]]
        return "y" if measures == ["x"] else "x"

    def placeable(self, scales: Mapping[str, Scale | None]) -> Layer:
        """Return the layer without records that have no place: no number where one is needed, a value out of a domain.

        Lines and areas keep them: they break there.
        """
        tests = [
            (self.encoding[channel]["field"], scale.has_place)
            for channel in ("x", "y", "x2", "y2")
            if (scale := scales[channel[0]]) is not None and "field" in self.encoding.get(channel, {})
        ]
        if self.is_path or not tests:
            return self
        kept = [record for record in self.records if all(test(record.get(field)) for field, test in tests)]
        return self if len(kept) == len(self.records) else replace(self, records=kept)


def layers_of(view: Spec, settings: Settings, where: str) -> list[Layer]:
    """Return the layers of *view*, first drawn first. Raises Unsupported for any key or channel outside the subset."""
    only(view, VIEW_KEYS, where)
    data = _records(view, (), where)
    if "layer" not in view:
        return [_layer(view, data, settings, where)]
    for key in ("mark", "encoding"):
        if key in view:
            raise Unsupported(f"{where}.layer", key, view[key])
    layers = []
    for place, one in enumerate(view["layer"]):
        here = f"{where}.layer[{place}]"
        only(one, _LAYER_KEYS, here)
        layers.append(_layer(one, _records(one, data, here), settings, here))
    return layers


def _records(part: Spec, inherited: Sequence[Record], where: str) -> Sequence[Record]:
    records = inherited
    if "data" in part:
        only(part["data"], {"values"}, f"{where}.data")
        records = part["data"]["values"]
    for transform in part.get("transform", ()):
        only(transform, {"filter"}, f"{where}.transform")
        kept = _predicate(transform["filter"], f"{where}.transform")
        records = [record for record in records if kept(record)]
    return records


def _predicate(rule: object, where: str) -> Callable[[Record], bool]:
    """Return the filter that a field predicate describes, for instance ``{"field": "size", "gt": 100}``."""
    if not isinstance(rule, dict):
        raise Unsupported(where, "filter", rule, ["a field predicate such as {'field': …, 'gt': …}"])
    only(rule, {"field", *_PREDICATES}, f"{where}.filter")
    tests = [(_PREDICATES[key], wanted) for key, wanted in rule.items() if key != "field"]
    field = rule["field"]
    return lambda record: record.get(field) is not None and all(test(record[field], wanted) for test, wanted in tests)


def _layer(part: Spec, records: Sequence[Record], settings: Settings, where: str) -> Layer:
    encoding = {}
    for channel, definition in part.get("encoding", {}).items():
        here = f"{where}.encoding.{channel}"
        if channel == "tooltip":  # a file has none; a page shows the description
            continue
        if channel not in _CHANNELS:
            raise Unsupported(f"{where}.encoding", channel, definition, [*_CHANNELS, "tooltip"])
        if not isinstance(definition, dict):
            raise Unsupported(f"{where}.encoding", channel, definition, ["one definition"])
        only(definition, _CHANNELS[channel], here)
        if len({"datum", "field", "value"} & set(definition)) != 1:
            raise Unsupported(f"{where}.encoding", channel, definition, ["one of datum, field and value"])
        encoding[channel] = definition
    mark = settings.mark(part["mark"], where)
    painted = "fill" if mark["filled"] else "stroke"
    if "color" in encoding and isinstance(part["mark"], dict) and painted in part["mark"]:
        # Vega-Lite lets the mark's own paint win, which nobody means.
        raise Unsupported(f"{where}.mark", painted, part["mark"][painted], ["not together with the channel color"])
    return Layer(mark, encoding, records, where)
