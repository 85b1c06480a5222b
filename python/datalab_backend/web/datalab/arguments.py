"""The parameters of a request as the official client writes them."""

from __future__ import annotations

from urllib.parse import unquote, unquote_plus

from starlette.requests import Request

from datalab_backend.errors import UsageError


class Arguments:
    """The values of a query string, by name.

    The official client joins its URLs from pieces: names may come twice with the same value, there
    may be nothing between two ``&``, and what it does not know it writes as ``None``.

    Parameters
    ----------
    query
        The query string as it was sent.
    """

    def __init__(self, query: str) -> None:
        self._values: dict[str, set[str]] = {}
        for piece in query.split("&"):
            name, _, value = piece.partition("=")
            if name:
                self._values.setdefault(unquote(name), set()).add(value)

    @classmethod
    def of(cls, request: Request) -> Arguments:
        """The parameters of a request."""
        query: bytes = request.scope["query_string"]
        return cls(query.decode("latin-1"))

    def text(self, name: str) -> str:
        """A value in which blanks may be written as ``+``; empty when there is none."""
        return unquote_plus(self._value(name))

    def path(self, name: str) -> str:
        """The name of a node, in which ``+`` is a letter: the client leaves it as it is."""
        return unquote(self._value(name))

    def flag(self, name: str, default: bool = False) -> bool:
        """Whether a value says yes."""
        value = self.text(name).casefold()
        return value in ("true", "1", "yes") if value else default

    def required(self, name: str) -> str:
        """A value that cannot be left out."""
        return self._there(name, self.text(name))

    def required_path(self, name: str) -> str:
        """The name of a node that cannot be left out."""
        return self._there(name, self.path(name))

    def _there(self, name: str, value: str) -> str:
        if not value:
            raise UsageError(f"{name} is missing.", f"Send it as {name}=….")
        return value

    def _value(self, name: str) -> str:
        values = self._values.get(name, set()) - {"", "None"}
        if len(values) > 1:
            raise UsageError(f"{name} is given more than once.", f"Give {name} one value.")
        return next(iter(values), "")
