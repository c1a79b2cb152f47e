"""The playbook: what to do with each archetype. Comes in: YAML. Goes out: ``Playbook``, and filled in, ``Play``.

The packaged file, ``playbook.yaml``, documents the fields, the placeholders and the formulas of the money at stake.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Formatter
from typing import Any

import yaml

from ..core.errors import RecipeError, did_you_mean
from .archetypes import ARCHETYPES
from .segments import Play

PLACEHOLDERS = (
    "name", "customers", "share", "revenue", "revenue_share", "money_at_stake", "stake_share", "next_segment",
    "last_order_days", "orders", "spend",
)  # fmt: skip
FORMULAS = ("revenue", "uplift", "none")
TEXTS = ("goal", "action", "channel", "message")


@dataclass(frozen=True)
class Stake:
    """How the money at stake is computed: a formula of FORMULAS, and the share of customers or revenue it assumes."""

    formula: str
    share: float = 1.0

    def money(self, *, revenue: float, customers: int, gap: float) -> float:
        """Return the money at stake.

        Parameters
        ----------
        revenue
            What the segment spent in total; NaN where the table has no money.
        customers
            How many it has.
        gap
            Median spend of the next better segment minus its own; 0 where none is better.

        >>> Stake("uplift", 0.1).money(revenue=9_000.0, customers=200, gap=25.0)
        500.0
        """
        if self.formula == "revenue":
            return self.share * revenue
        return self.share * customers * gap if self.formula == "uplift" else 0.0


@dataclass(frozen=True)
class Advice:
    """What to do with one archetype, with placeholders still in it."""

    goal: str
    action: str
    channel: str
    message: str
    stake: Stake

    def fill(self, facts: Mapping[str, str], money_at_stake: float) -> Play:
        """Return the advice with every placeholder replaced by its fact, in the singular where it speaks of one."""
        goal, action, channel, message = (_of_one(getattr(self, field).format_map(facts)) for field in TEXTS)
        return Play(goal, action, channel, message, money_at_stake)


@dataclass(frozen=True)
class Playbook:
    """The advice for every archetype, by its name."""

    advice: dict[str, Advice]


def load_playbook(path: Path | None = None, *, book: str = "") -> Playbook:
    """Return the packaged playbook, with the archetypes and fields of the user's file at *path* in place of its own.

    For the *book* ``accounts`` the packaged one speaks of trades and net assets.

    Raises RecipeError, naming file and key, for what cannot be read, is not known, or is of the wrong kind.

    >>> load_playbook(None).advice["Champions"].stake
    Stake(formula='revenue', share=1.0)
    """
    packaged = Path(__file__).with_name("playbook.yaml")
    entries = _read(packaged)
    own = Path(__file__).with_name(f"playbook_{book}.yaml")
    for file in (own if own.exists() else None, path):
        for archetype, fields in ({} if file is None else _read(file)).items():
            entries[archetype] = entries[archetype] | fields
    return Playbook({archetype: _advice(fields) for archetype, fields in entries.items()})


def _read(path: Path) -> dict[str, dict[str, Any]]:
    """Return the file's archetypes, each a mapping from field to value, all checked."""
    try:
        document = yaml.load(path.read_text(encoding="utf-8"), Loader=_loader())  # noqa: S506 -- the C twin of SafeLoader
    except (OSError, UnicodeDecodeError) as error:
        raise RecipeError(f"The playbook {str(path)!r} cannot be read: {error}.") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise RecipeError(f"The playbook {str(path)!r} is not valid YAML: {error}.") from error
    if not isinstance(document, dict):
        raise _fault(path, "", "is not a mapping from archetype to advice", action=_formatted(ARCHETYPES, "Archetypes"))
    for archetype, fields in document.items():
        if archetype not in ARCHETYPES:
            raise _fault(path, archetype, "is not an archetype", action=_hint(archetype, ARCHETYPES))
        if not isinstance(fields, dict):
            raise _fault(path, archetype, "is not a mapping", action=_formatted((*TEXTS, "stake"), "Fields"))
        for field, value in fields.items():
            _check(path, archetype, field, value)
    return document


def _check(path: Path, archetype: str, field: object, value: object) -> None:
    key = f"{archetype}.{field}"
    if field in TEXTS:
        _check_text(path, key, value)
    elif field == "stake":
        _check_stake(path, key, value)
    else:
        raise _fault(path, key, "is not a field", action=_hint(field, (*TEXTS, "stake")))


def _check_text(path: Path, key: str, text: object) -> None:
    if not isinstance(text, str) or not text.strip():
        raise _fault(path, key, f"has to be text, not {text!r}")
    try:
        parts = list(Formatter().parse(text))
    except ValueError as error:
        raise _fault(
            path, key, f"has an unbalanced brace ({error})", action="Write {{ and }} for braces that are meant."
        ) from error
    for _, name, specification, conversion in parts:
        if name is None:
            continue
        # Plain names only: {customers.__class__}, {0} and {share:>9} are refused by the same sentence.
        if name not in PLACEHOLDERS or specification or conversion:
            hint = _hint(name, PLACEHOLDERS) or _formatted(PLACEHOLDERS, "Placeholders")
            raise _fault(path, key, f"has a placeholder {{{name}}} that is not known", action=hint)


def _check_stake(path: Path, key: str, stake: object) -> None:
    if not isinstance(stake, dict) or "formula" not in stake:
        raise _fault(
            path, key, f"has to be a mapping with a formula, not {stake!r}", action=_formatted(FORMULAS, "Formulas")
        )
    unknown = [name for name in stake if name not in {"formula", "share"}]
    if unknown:
        raise _fault(path, f"{key}.{unknown[0]}", "is not a field", action=_hint(unknown[0], ("formula", "share")))
    if stake["formula"] not in FORMULAS:
        raise _fault(
            path, f"{key}.formula", f"{stake['formula']!r} is not a formula", action=_hint(stake["formula"], FORMULAS)
        )
    share = stake.get("share", 1.0)
    if isinstance(share, bool) or not isinstance(share, int | float) or not 0 <= share <= 1:
        raise _fault(path, f"{key}.share", f"has to be a number from 0 to 1, not {share!r}")


def _advice(fields: Mapping[str, Any]) -> Advice:
    texts = {field: " ".join(fields[field].split()) for field in TEXTS}
    return Advice(**texts, stake=Stake(fields["stake"]["formula"], float(fields["stake"].get("share", 1.0))))


def _of_one(text: str) -> str:
    """Return *text* with ``1 customers`` and the like in the singular.

    >>> _of_one("Keep the 1 customers (2.1 %) who left 1 days ago; 11 customers stay")
    'Keep the 1 customer (2.1 %) who left 1 day ago; 11 customers stay'
    """
    return re.sub(r"(?<![\d,.])1 (customer|holder|account|card|day|order|trade)s\b", r"1 \1", text)


def _fault(path: Path, key: object, what: str, *, action: str = "") -> RecipeError:
    place = f" {str(key)!r}" if key else ""
    return RecipeError(f"Playbook {str(path)!r}:{place} {what}.", action=action)


def _hint(word: object, known: Mapping[str, object] | tuple[str, ...]) -> str:
    return did_you_mean(str(word), known) or _formatted(known, "Known")


def _formatted(known: Mapping[str, object] | tuple[str, ...], heading: str) -> str:
    return f"{heading}: {', '.join(known)}."


def _loader() -> type[Any]:
    return getattr(yaml, "CSafeLoader", yaml.SafeLoader)
