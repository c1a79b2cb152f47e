"""How marks look: fill, stroke, opacity and words, of all marks of a layer and of each record."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from .layers import Layer
from .scaling import paint_scale
from .subset import Unsupported
from .svg import attributes, escaped, number, owner

# Attributes that the marks of a group take from it; opacity is not one of them.
_INHERITED = {
    "fill": "fill", "stroke": "stroke", "fillOpacity": "fill-opacity", "strokeOpacity": "stroke-opacity",
    "strokeWidth": "stroke-width",
}  # fmt: skip


class Paint(NamedTuple):
    """Attributes of a layer's group, and those of each record's mark."""

    shared: str
    own: Sequence[str]


def painted(layer: Layer, layers: Sequence[Layer]) -> Paint:
    """Return the attributes of the marks of *layer*; *layers* are all of its view, which share their colour scales."""
    mark = layer.mark
    shared: dict[str, object] = {}
    varying: list[list[str]] = [_tags(layer)]
    looks = _looks(layer)
    for name, attribute in _INHERITED.items():
        decided = looks[name]
        values = None if decided is None else varied(layer, decided, layers)
        if values is not None:
            varying.append([f' {attribute}="{_shown(value)}"' if value is not None else "" for value in values])
        elif _constant(layer, name) is not None:
            shared[attribute] = _constant(layer, name)
    if shared.get("stroke") is None and not looks["stroke"]:
        shared.pop("stroke-width", None)
    if mark.get("strokeDash"):
        shared["stroke-dasharray"] = ",".join(number(length) for length in mark["strokeDash"])
    if mark.get("strokeJoin"):
        shared["stroke-linejoin"] = mark["strokeJoin"]
    varying.append(_opacities(layer, layers))
    return Paint(attributes(shared), ["".join(parts) for parts in zip(*varying, strict=True)])


def varied(layer: Layer, channel: str, layers: Sequence[Layer]) -> list[Any] | None:
    """Return what *channel* says of each record, through its scale; None where the encoding does not have it."""
    definition = layer.encoding.get(channel)
    if definition is None:
        return None
    if "value" in definition:
        return [definition["value"]] * len(layer.records)
    column = layer.column(definition["field"])
    scale = paint_scale(layer, channel, layers)
    if scale is None:
        return column
    values = scale.of(column)
    if None in values:  # Vega-Lite would go on in the range, with another colour in every chart
        raise Unsupported(f"{layer.where}.encoding.{channel}", "scale.domain", column[values.index(None)])
    return values


def colour_channel(layer: Layer) -> str:
    """Return which of fill and stroke the channel ``color`` means for this mark."""
    return "fill" if layer.mark["filled"] else "stroke"


def _looks(layer: Layer) -> dict[str, str | None]:
    """Return the encoding channel that decides each attribute, None where the mark's own property does."""
    looks: dict[str, str | None] = {name: name if name in layer.encoding else None for name in _INHERITED}
    target = colour_channel(layer)
    if "color" in layer.encoding and looks[target] is None:
        looks[target] = "color"
    return looks


def _constant(layer: Layer, name: str) -> object:
    value: object = layer.mark.get(name)
    if value is None and name == colour_channel(layer):
        value = layer.mark["color"]
    return None if name == "strokeWidth" and value == 1 else value


def _shown(value: object) -> str:
    return escaped(value) if isinstance(value, str) else f"{value:g}"


def _opacities(layer: Layer, layers: Sequence[Layer]) -> list[str]:
    values = varied(layer, "opacity", layers) or [layer.mark["opacity"]] * len(layer.records)
    return ["" if value is None or value == 1 else f' opacity="{value:g}"' for value in values]


def _tags(layer: Layer) -> list[str]:
    """Return for each record the segment that it belongs to and, where the encoding describes it, its words."""
    owners = [owner(record) for record in layer.records]
    words = layer.encoding.get("description")
    if words is None or not layer.mark["aria"]:
        return owners
    said = [words["value"]] * len(owners) if "value" in words else layer.column(words["field"])
    # Many marks say the same; each text is escaped once.
    labels = {text: f' aria-label="{escaped(str(text))}"' for text in dict.fromkeys(said)}
    return [f"{own}{labels[text]}" for own, text in zip(owners, said, strict=True)]
