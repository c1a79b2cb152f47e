"""Which scale each channel gets: the definitions of all layers of a view together, over Vega-Lite's defaults."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from . import ticks
from .layers import Layer
from .scales import Band, Colours, Linear, Log, Ramp, Range, Scale, is_number, point
from .subset import Spec, Unsupported, one_of, only

_CONTINUOUS = {"domain", "nice", "reverse", "type", "zero"}
_DISCRETE = {"domain", "padding", "paddingInner", "paddingOuter", "reverse", "type"}
_BANDED = {"bar": 0.1, "rect": 0.0, "rule": 0.0, "tick": 0.25}  # space between bands, of those that fill them


def merged(layers: Iterable[Layer], channel: str, key: str) -> Spec | None:
    """Return what the layers say under *key* of *channel*, together; None where all that speak say ``null``.

    Raises Unsupported where two layers say different things.
    """
    said = [
        (layer.where, layer.encoding[channel][key])
        for layer in layers
        if channel in layer.encoding and key in layer.encoding[channel]
    ]
    if said and all(part is None for _, part in said):
        return None
    whole: Spec = {}
    for where, part in said:
        if part is None:
            raise Unsupported(f"{where}.encoding.{channel}", key, part, ["the same in all layers"])
        for name, value in part.items():
            if whole.setdefault(name, value) != value:
                raise Unsupported(f"{where}.encoding.{channel}.{key}", name, value, ["the same in all layers"])
    return whole


def position_scale(layers: Sequence[Layer], channel: str, size: float) -> Scale | None:
    """Return the scale of ``x`` or ``y`` over *size* pixels, None where no layer places anything by data."""
    users = [layer for layer in layers if _is_scaled(layer, channel)]
    if not users:
        return None
    where = f"{users[0].where}.encoding.{channel}"
    kinds = {_kind(layer, channel) for layer in users}
    if len(kinds) > 1:
        raise Unsupported(where, "type", sorted(kinds), ["the same in all layers"])
    options = merged(layers, channel, "scale")
    if options is None:
        raise Unsupported(where, "scale", None)
    build = _continuous if kinds == {"quantitative"} else _discrete
    return build(users, channel, options, size)


def _is_scaled(layer: Layer, channel: str) -> bool:
    return "value" not in layer.encoding.get(channel, {"value": None})


def _kind(layer: Layer, channel: str) -> str:
    definition = layer.encoding[channel]
    if "type" not in definition and is_number(definition.get("datum")):
        return "quantitative"
    if "type" not in definition:
        raise Unsupported(f"{layer.where}.encoding.{channel}", "type", None, ["nominal", "ordinal", "quantitative"])
    kind = one_of(definition, "type", ["nominal", "ordinal", "quantitative"], f"{layer.where}.encoding.{channel}")
    return "quantitative" if kind == "quantitative" else "discrete"


def _data(layers: Sequence[Layer], channel: str) -> Iterable[Any]:
    """Yield every data value that the layers put on *channel* or its second end."""
    for layer in layers:
        for end in (channel, f"{channel}2"):
            definition = layer.encoding.get(end, {})
            if "field" in definition:
                yield from layer.column(definition["field"])
            elif "datum" in definition:
                yield definition["datum"]


def _continuous(layers: Sequence[Layer], channel: str, options: Spec, size: float) -> Scale:
    where = f"{layers[0].where}.encoding.{channel}.scale"
    only(options, _CONTINUOUS, where)
    kind = one_of(options, "type", ["linear", "log"], where)
    given = options.get("domain")
    if given is not None and not (len(given) == 2 and all(is_number(end) for end in given)):
        raise Unsupported(where, "domain", given, ["two numbers"])
    low, high = given or _extent(layers, channel)
    if kind == "log":
        if one_of(options, "nice", [given is None, True, False], where):
            low, high = ticks.log_nice(low, high)
        return Log((low, high), _range(channel, options, size, where))
    from_zero = _from_zero(layers, channel, where) if given is None and "zero" not in options else low <= 0 <= high
    if one_of(options, "zero", [from_zero, True, False], where):
        low, high = min(0.0, low), max(0.0, high)
    if one_of(options, "nice", [given is None, True, False], where):
        low, high = ticks.nice(low, high)
    return Linear((low, high), _range(channel, options, size, where))


def _extent(layers: Sequence[Layer], channel: str) -> tuple[float, float]:
    """Return the least and the greatest number on *channel*; 0 and 1 where there is none."""
    known = [value for value in _data(layers, channel) if is_number(value)] or [0.0, 1.0]
    return min(known), max(known)


def _from_zero(layers: Sequence[Layer], channel: str, where: str) -> bool:
    """Return whether a scale without a domain includes zero: not along the dimension of bars, lines and areas."""
    answers = {not (layer.mark["type"] in {"bar", "line", "area"} and layer.dimension == channel) for layer in layers}
    if len(answers) > 1:
        raise Unsupported(where, "zero", None, ["true or false, where the layers have different defaults"])
    return answers.pop()


def _range(channel: str, options: Spec, size: float, where: str) -> Range:
    upwards = (channel == "y") != one_of(options, "reverse", [False, True], where)
    return (size, 0.0) if upwards else (0.0, size)


def _discrete(layers: Sequence[Layer], channel: str, options: Spec, size: float) -> Scale:
    where = f"{layers[0].where}.encoding.{channel}.scale"
    only(options, _DISCRETE, where)
    banded = [layer.mark["type"] for layer in layers if layer.mark["type"] in _BANDED]
    kind = one_of(options, "type", ["band" if banded else "point", "band", "point"], where)
    domain = discrete_domain(options, layers, channel, where)
    if one_of(options, "reverse", [False, True], where):
        domain = domain[::-1]
    if kind == "point":
        return point(domain, (0.0, size), options.get("padding", 0.5))
    inner = _padding(options, "paddingInner", _BANDED[banded[0]] if banded else 0.0)
    return Band(domain, (0.0, size), inner, _padding(options, "paddingOuter", inner / 2))


def _padding(options: Spec, key: str, usual: float) -> float:
    """Return the padding under *key*, else the one that stands for both, else the *usual* one."""
    for one in (key, "padding"):
        if one in options:
            return float(options[one])
    return usual


def discrete_domain(options: Spec, layers: Sequence[Layer], channel: str, where: str) -> list[Any]:
    """Return the values of a discrete scale in order: as given, else as ``sort`` says, else ascending."""
    if "domain" in options:
        return list(options["domain"])
    found = list(dict.fromkeys(value for value in _data(layers, channel) if value is not None))
    orders = [layer.encoding[channel]["sort"] for layer in layers if "sort" in layer.encoding.get(channel, {})]
    if any(order != orders[0] for order in orders):
        raise Unsupported(where, "sort", orders, ["the same in all layers"])
    if not orders:
        return sorted(found)
    if orders[0] is None:
        return found
    if isinstance(orders[0], list):
        return [*orders[0], *(value for value in found if value not in orders[0])]
    raise Unsupported(where, "sort", orders[0], ["null", "a list of values"])


def paint_scale(layer: Layer, channel: str, layers: Sequence[Layer]) -> Colours | Ramp | None:
    """Return the scale of a colour, size, shape or opacity; None where the field's values are taken as they are.

    Domain and range have to be given: a colour means the same in every chart.
    """
    definition = layer.encoding[channel]
    where = f"{layer.where}.encoding.{channel}"
    options = definition.get("scale", {})
    if options is None:
        return None
    kind = one_of(definition, "type", ["nominal", "ordinal", "quantitative"], where)
    only(options, {"domain", "range"} | ({"clamp", "interpolate", "type"} if kind == "quantitative" else set()), where)
    users = [one for one in layers if one.encoding.get(channel, {}).get("field") == definition["field"]]
    domain = options["domain"] if kind == "quantitative" else discrete_domain(options, users, channel, where)
    if not isinstance(options.get("range"), list):
        raise Unsupported(where, "scale.range", options.get("range"), ["a list"])
    if kind != "quantitative":
        return Colours(domain, options["range"])
    one_of(options, "type", ["linear"], where)
    one_of({"clamp": False, **options}, "clamp", [True], where)
    if isinstance(options["range"][0], str):
        one_of({"interpolate": "hcl", **options}, "interpolate", ["rgb"], where)
    if len(options["range"]) != len(domain) or len(domain) < 2:
        raise Unsupported(where, "scale.range", options["range"], [f"as many values as the domain has: {len(domain)}"])
    return Ramp(domain, options["range"])
