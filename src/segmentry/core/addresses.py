"""Addresses of databases: what is secret in one is taken from the environment, and never shown."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from urllib.parse import quote, unquote

from .errors import RecipeError

HIDDEN = "***"
_VARIABLE = re.compile(r"\$\{([^}]*)\}")
# The part between the first ':' behind '//' and the last '@' before the path; '@' may stand in a password.
_PASSWORD = re.compile(r"(?P<before>[A-Za-z][\w+.-]*://[^:/?#]*:)(?P<secret>[^/?#]*)(?=@)")
_PARAMETER = re.compile(
    r"(?P<before>[?&][^=&#]*(?:pass|pwd|secret|token|key|credential)[^=&#]*=)(?P<secret>[^&#]*)", re.IGNORECASE
)


def masked(address: str) -> str:
    """Return *address*, or a text with some, with ``***`` for passwords and for parameters that hold secrets; variables
    stay as they are.

    >>> masked("postgres://ann:s3cret@db/shop?token=abc"), masked("postgres://ann:${PGPASSWORD}@db/shop")
    ('postgres://ann:***@db/shop?token=***', 'postgres://ann:${PGPASSWORD}@db/shop')
    """

    def hidden(found: re.Match[str]) -> str:
        secret = found["secret"]
        return found["before"] + (secret if not secret or _VARIABLE.fullmatch(secret) else HIDDEN)

    return _PARAMETER.sub(hidden, _PASSWORD.sub(hidden, address))


def filled_in(address: str, environment: Mapping[str, str] | None = None) -> str:
    """Return *address* with each ``${NAME}`` replaced by that variable of the environment.

    What goes in where a secret may stand, before ``@`` and behind ``?``, is quoted as a URL asks for. Raises
    RecipeError where there is no such variable, or where the address was copied from a run, which keeps no secrets.

    >>> filled_in("postgres://ann:${SECRET}@db/shop", {"SECRET": "s3/cret"})
    'postgres://ann:s3%2Fcret@db/shop'
    """
    variables = os.environ if environment is None else environment
    for name in _VARIABLE.findall(address):
        if name not in variables:
            raise RecipeError(
                f"{masked(address)!r} takes {name!r} from the environment, where it is not set.",
                action=f"Set it: export {name}=…",
            )

    def value(found: re.Match[str]) -> str:
        before, after = address[: found.start()], address[found.end() :]
        is_part = "://" in before and ("?" in before or "@" in after)
        return quote(variables[found[1]], safe="") if is_part else variables[found[1]]

    whole = _VARIABLE.sub(value, address)
    if HIDDEN in secrets_of(whole):
        raise RecipeError(
            f"The secret of {masked(address)!r} was not kept: runs and models hold none.",
            action="Write ${NAME} in its place, and set that variable of the environment.",
        )
    return whole


def secrets_of(address: str) -> tuple[str, ...]:
    """Return what is secret in *address*, as it stands there."""
    found = [match["secret"] for match in (*_PASSWORD.finditer(address), *_PARAMETER.finditer(address))]
    return tuple(secret for secret in found if secret)


def without_secrets(text: str, address: str) -> str:
    """Return *text*, such as the message of a driver, with ``***`` for whatever is secret in *address*.

    >>> without_secrets("no such user: ann:s3cret", "postgres://ann:s3cret@db/shop")
    'no such user: ann:***'
    """
    for secret in secrets_of(address):
        for spelling in sorted({secret, unquote(secret)}, key=len, reverse=True):
            text = text.replace(spelling, HIDDEN)
    return text


def is_address(text: str) -> bool:
    """Return whether *text* is the address of a database, or of files elsewhere, rather than a path.

    >>> is_address("postgres://db/shop"), is_address("s3://bucket/sales"), is_address("C:/sales.csv")
    (True, True, False)
    """
    return re.match(r"[A-Za-z][A-Za-z0-9+.-]+://", text) is not None
