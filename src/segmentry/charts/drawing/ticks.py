"""Round values along an axis, as d3 finds them.

Sources: https://d3js.org/d3-array/ticks (ticks, tickIncrement) and https://d3js.org/d3-scale (linear.nice, log.ticks).
"""

from __future__ import annotations

import math

_ROUNDS = 10  # how often `nice` may refine its step, as in d3


def ticks(start: float, stop: float, count: float) -> list[float]:
    """Return about *count* round values from *start* to *stop* (start ≤ stop): 1, 2 or 5 times a power of ten apart.

    >>> ticks(0, 1, 5), ticks(2, 2, 3)
    ([0.0, 0.2, 0.4, 0.6, 0.8, 1.0], [2])
    """
    if not count > 0:
        return []
    if start == stop:
        return [start]
    first, last, step = _spaced(start, stop, count)
    # A step below one is kept as its inverse: 3 / 10 is the number that people write, 3 * 0.1 is not.
    return [place / -step if step < 0 else place * step for place in range(first, last + 1)]


def tick_step(start: float, stop: float, count: float) -> float:
    """Return the distance between the ticks from *start* to *stop*; zero where there is no distance."""
    if start == stop or not count > 0:
        return 0.0
    step = _spaced(min(start, stop), max(start, stop), count)[2]
    return -1 / step if step < 0 else step


def nice(start: float, stop: float, count: float = 10) -> tuple[float, float]:
    """Return *start* and *stop* moved outwards to round values.

    >>> nice(0.13, 96.4)
    (0.0, 100.0)
    """
    before = 0.0
    for _ in range(_ROUNDS if start < stop else 0):
        step = _spaced(start, stop, count)[2]
        if step == before:
            break
        if step > 0:
            start, stop = math.floor(start / step) * step, math.ceil(stop / step) * step
        else:
            start, stop = math.ceil(start * step) / step, math.floor(stop * step) / step
        before = step
    return start, stop


def log_ticks(start: float, stop: float, count: float = 10) -> list[float]:
    """Return one to nine times the powers of ten from *start* to *stop* (0 < start ≤ stop), fewer where they are many.

    >>> log_ticks(20, 300)
    [20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0, 90.0, 100.0, 200.0, 300.0]
    """
    low, high = math.log10(start), math.log10(stop)
    if high - low >= count:
        return [10.0**power for power in ticks(low, high, min(high - low, count))]
    found = [
        digit * 10.0**power if power >= 0 else digit / 10.0**-power
        for power in range(math.floor(low), math.ceil(high) + 1)
        for digit in range(1, 10)
    ]
    found = [value for value in found if start <= value <= stop]
    return ticks(start, stop, count) if len(found) * 2 < count else found


def log_nice(start: float, stop: float) -> tuple[float, float]:
    """Return the powers of ten at or beyond *start* and *stop*."""
    return 10.0 ** math.floor(math.log10(start)), 10.0 ** math.ceil(math.log10(stop))


def _spaced(start: float, stop: float, count: float) -> tuple[int, int, float]:
    """Return how many steps from zero the first and the last tick are, and the step; below one, its negated inverse."""
    step = (stop - start) / count
    power = math.floor(math.log10(step))
    error = step / 10.0**power
    factor = 10 if error >= math.sqrt(50) else 5 if error >= math.sqrt(10) else 2 if error >= math.sqrt(2) else 1
    inverse = power < 0
    size = 10.0**-power / factor if inverse else 10.0**power * factor

    def times(value: float) -> float:
        return value * size if inverse else value / size

    first, last = (math.floor(times(value) + 0.5) for value in (start, stop))
    first += (first / size if inverse else first * size) < start
    last -= (last / size if inverse else last * size) > stop
    if last < first and 0.5 <= count < 2:
        return _spaced(start, stop, count * 2)
    return first, last, -size if inverse else size
