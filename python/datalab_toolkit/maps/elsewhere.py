"""Asks an extra of a Data Lab, such as its density, and finds it again when it was restarted."""

from __future__ import annotations

import httpx

from datalab_toolkit.connection import is_loopback
from datalab_toolkit.errors import DatalabError, NotFoundError, ServiceUnavailableError
from datalab_toolkit.registry import find, names

_TIMEOUT = httpx.Timeout(150.0, connect=10.0)


class AskedElsewhere:
    """An address of an extra of a service.

    Parameters
    ----------
    service
        The name of the service.
    feature
        The name of the extra.
    path
        What follows the address of the extra.
    """

    def __init__(self, service: str, feature: str, path: str) -> None:
        self._name = service
        self._feature = feature
        self._path = path
        self._way: tuple[str, httpx.Client] | None = None

    def ask(self, parameters: dict[str, str | float]) -> httpx.Response:
        """Send parameters and get the answer, whatever its status.

        Raises
        ------
        ServiceUnavailableError
            The service does not answer, even after another look for it.
        """
        failure: Exception | None = None
        for is_last in (False, True):
            # A Data Lab that was started again has another address or token: look for it anew.
            url, client = self._way = self._way or self._connect()
            try:
                answer = client.post(url, data=parameters)
                if is_last or answer.status_code != httpx.codes.UNAUTHORIZED:
                    return answer
            except httpx.TransportError as error:
                failure = error
            client.close()
            self._way = None
        raise ServiceUnavailableError(
            f"{names().get(self._name, self._name)} does not answer.",
            "It is asked again by itself.",
        ) from failure

    def _connect(self) -> tuple[str, httpx.Client]:
        service = find(self._name)
        url = f"{service.feature_url(self._feature)}{self._path}"
        nearby = is_loopback(url)
        client = httpx.Client(
            headers=service.headers, timeout=_TIMEOUT, trust_env=not nearby, verify=not nearby
        )
        return url, client


def refusal(answer: httpx.Response, what: str) -> DatalabError:
    """The error that an answer tells of."""
    try:
        told = answer.json()["error"]
        message, hint = str(told["message"]), str(told.get("hint") or "")
    except (ValueError, KeyError, TypeError):
        return ServiceUnavailableError(
            f"The {what} service failed with HTTP status {answer.status_code}.", "Try again later."
        )
    if answer.status_code == 404:
        return NotFoundError(message, hint)
    return DatalabError(message, hint)
