"""From an address to an engine, or to words that say what is missing for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from ..core.addresses import filled_in, masked, without_secrets
from ..core.errors import SegmentryError, SourceError
from .abilities import Abilities, engine_of

if TYPE_CHECKING:
    from .attached import AttachedEngine
    from .remote import RemoteEngine

    Connected: TypeAlias = RemoteEngine | AttachedEngine


def connect(address: str) -> Connected:
    """Return the engine at *address*, in which ``${NAME}`` stands for variables of the environment.

    Raises RecipeError for an address that cannot be, and SourceError where the driver is not installed or the engine
    does not answer; no message has a secret in it.
    """
    whole = filled_in(address)
    abilities = engine_of(whole)
    if abilities.missing:
        raise SourceError(
            f"{abilities.title} needs what is not installed here.", action=f"To have it: {abilities.missing}"
        )
    try:
        return _open(whole, abilities)
    except SegmentryError:
        raise
    except Exception as error:  # noqa: BLE001 -- each driver has errors of its own
        from .remote import brief

        raise SourceError(
            f"{masked(whole)} cannot be reached: {without_secrets(brief(error), whole)}",
            action="Check address, user and password, and whether it runs: segmentry doctor lists what is installed.",
        ) from None  # the driver's own message, with its secrets, would stand below ours


def _open(address: str, abilities: Abilities) -> Connected:
    if abilities.name == "duckdb":
        from .attached import AttachedEngine

        return AttachedEngine(address)
    if abilities.name == "postgres":
        from .postgres import PostgresEngine

        return PostgresEngine(address)
    if abilities.name == "pyspark":
        from .spark import SparkEngine

        return SparkEngine(address)
    from .anywhere import AnyEngine

    return AnyEngine(address, abilities)
