"""The parameters of a request as DALI 1.1 (section 3) wants them read."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType

from starlette.datastructures import UploadFile
from starlette.requests import Request

from datalab_backend.errors import UsageError
from datalab_backend.uploads import Sent

_HUGE = 10**18
"""What a whole number may be that has no bound of its own."""


class Parameters:
    """Values by name; names are compared without case, values keep theirs.

    Parameters
    ----------
    items
        Names and values in the order of the request.
    files
        What was sent as files, by the upper case of their names.
    """

    def __init__(
        self, items: Iterable[tuple[str, str]], files: Mapping[str, Sent] = MappingProxyType({})
    ) -> None:
        self._files = files
        self._values: dict[str, list[str]] = {}
        for name, value in items:
            self._values.setdefault(name.upper(), []).append(value)

    @classmethod
    async def read(cls, request: Request) -> Parameters:
        """Read the query string and, of a POST, the form."""
        items = list(request.query_params.multi_items())
        files: dict[str, Sent] = {}
        if request.method == "POST":
            async with request.form() as form:
                for name, value in form.multi_items():
                    if isinstance(value, UploadFile):
                        files[name.upper()] = Sent(await value.read(), value.content_type or "")
                        items.append((name, value.filename or ""))
                    else:
                        items.append((name, value))
        return cls(items, files)

    def __contains__(self, name: str) -> bool:
        return name.upper() in self._values

    def items(self) -> Iterator[tuple[str, str]]:
        """All names, in upper case, and values."""
        return ((name, value) for name, values in self._values.items() for value in values)

    def sent(self) -> dict[str, Sent]:
        """Everything as it was sent, by the upper case of its name: files, and values as bytes."""
        values = {name: Sent(values[-1].encode()) for name, values in self._values.items()}
        return {**values, **self._files}

    def all(self, name: str) -> list[str]:
        """The values of a parameter that may be given more than once."""
        return [value for value in self._values.get(name.upper(), []) if value]

    def text(self, name: str, *aliases: str) -> str | None:
        """The one value of a parameter, None when it is absent or empty."""
        given = [v for n in (name, *aliases) for v in self._values.get(n.upper(), []) if v]
        if len(set(given)) > 1 or len(self._values.get(name.upper(), [])) > 1:
            raise UsageError(f"{name} is given more than once.", f"Give {name} one value.")
        return given[0] if given else None

    def choice(self, name: str, choices: Sequence[str], default: str) -> str:
        """The one value of a parameter that has a closed set of values; ``""`` is for none."""
        value = self.text(name) or default
        if value not in choices:
            told = [choice for choice in choices if choice]
            hint = f"It is {'one of ' if len(told) > 1 else ''}{', '.join(told)}."
            raise UsageError(
                f"{name} cannot be “{value}”." if value else f"{name} is missing.", hint
            )
        return value

    def whole(self, name: str, default: int, lowest: int = -_HUGE, highest: int = _HUGE) -> int:
        """The one value of a parameter that is a whole number."""
        text = self.text(name)
        if text is None:
            return default
        # int() would also take “1_000”, “٣” and a number of a million digits.
        digits = text.strip().removeprefix("+").removeprefix("-")
        if not (digits.isascii() and digits.isdigit() and len(digits) <= 18):
            raise UsageError(f"{name} is not a whole number: “{_short(text)}”.")
        value = int(text)
        if not lowest <= value <= highest:
            hint = f"It lies between {lowest} and {highest}."
            if highest == _HUGE:
                hint = f"It is {lowest} or more."
            raise UsageError(f"{name} is {value}, out of its range.", hint)
        return value

    def number(self, name: str, default: float) -> float:
        """The one value of a parameter that is a finite number."""
        text = self.text(name)
        if text is None:
            return default
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            raise UsageError(f"{name} is not a number: “{_short(text)}”.")
        return value


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:40]}…"
