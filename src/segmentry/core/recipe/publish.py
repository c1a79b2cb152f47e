"""The part of a recipe on where segments are sent once they are found."""

from __future__ import annotations

from pydantic import Field, field_serializer

from ..addresses import masked
from .section import Section


class Publish(Section):
    """A table that the customers and their segments are written to."""

    table: str
    """Name of the table, maybe with its schema before it (``crm.customer_segments``); one that an earlier run wrote is
    replaced at once, as a whole."""
    connection: str | None = Field(None, repr=False)
    """URL of the database that gets the table; without it, the one that the rows came from."""

    @field_serializer("connection", when_used="json")
    def _without_secrets(self, connection: str | None) -> str | None:
        return connection and masked(connection)
