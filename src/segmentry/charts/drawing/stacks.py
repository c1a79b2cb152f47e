"""Stacked bars: records that share a place are put one on the other, negative ones on the other side of zero."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from .layers import PAINTS, Layer
from .scales import is_number
from .subset import Record, Unsupported, one_of

_START, _END = "drawn from", "drawn to"  # names of fields that no data set of ours has


def stacked(layer: Layer) -> Layer:
    """Return *layer* with its records' ends in the stack in place of their values; unchanged where nothing is stacked.

    As in Vega-Lite, bars of several records at one place are stacked when a colour tells the records apart, in the
    order of the colour's domain (without one: of its values), upright ones from the last to the first, so that they
    stand as in a legend. ``"stack": null`` lays them over one another.
    """
    measure = {"x": "y", "y": "x"}[layer.dimension]
    definition = layer.encoding.get(measure, {})
    if layer.mark["type"] not in {"bar", "area"} or "field" not in definition or f"{measure}2" in layer.encoding:
        return layer
    where = f"{layer.where}.encoding.{measure}"
    offset = one_of(definition, "stack", ["zero", True, "normalize", None, False], where)
    by = next((layer.encoding[paint] for paint in PAINTS if "field" in layer.encoding.get(paint, {})), None)
    places: dict[Any, list[Record]] = defaultdict(list)
    across = layer.encoding.get(layer.dimension, {}).get("field", "")
    for record in layer.records:
        places[record.get(across)].append(record)
    if not offset or by is None or (offset != "normalize" and all(len(records) == 1 for records in places.values())):
        return layer
    if layer.mark["type"] == "area" or (definition.get("scale") or {}).get("type", "linear") != "linear":
        raise Unsupported(where, "stack", offset, ["bars on a linear scale; null, false or a second end"])
    ordered = [_ordered(records, by, upright=measure == "y") for records in places.values()]
    ends = [
        record for records in ordered for record in _piled(records, definition["field"], share=offset == "normalize")
    ]
    if offset == "normalize" and definition.get("axis", {}) is not None:  # shares are shown as per cent
        definition = {**definition, "axis": {"format": ".0%", **definition.get("axis", {})}}
    ends_of = {
        measure: {**definition, "field": _END, "name": definition["field"]},  # the axis keeps the field's name
        f"{measure}2": {"field": _START, "name": None},
    }
    return replace(layer, records=ends, encoding={**layer.encoding, **ends_of})


def _ordered(records: Sequence[Record], by: dict[str, Any], *, upright: bool) -> list[Record]:
    """Return *records* in the order of the domain of *by*, the other way round for *upright* bars."""
    domain = (by.get("scale") or {}).get("domain")
    if domain is None:
        return sorted(records, key=lambda record: str(record.get(by["field"])), reverse=upright)
    order = {value: place for place, value in enumerate(domain)}
    return sorted(records, key=lambda record: order.get(record.get(by["field"]), -1), reverse=upright)


def _piled(records: Sequence[Record], field: str, *, share: bool) -> list[Record]:
    """Return *records* with the start and end of each: sums of those before it, as shares of all for *share*."""
    known = [record for record in records if is_number(record.get(field))]
    total = sum(abs(record[field]) for record in known) if share else 1.0
    up = down = 0.0
    piled: list[Record] = []
    for record in known:
        value = record[field] / total if total else 0.0
        start = up if value >= 0 else down
        piled.append({**record, _START: start, _END: start + value})
        up, down = (start + value, down) if value >= 0 else (up, start + value)
    return piled
