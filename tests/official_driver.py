"""Runs inside the environment of the official client (astro-datalab) and calls it for the tests.

It reads a JSON object a line, ``{"module", "function", "arguments", "options"}``, and answers with
one on a pipe of its own, since the client prints as it likes. The client itself is as it came from
PyPI. It looks for the addresses of its services in four files of /tmp, which all programs of a
machine share; here it finds them in a directory of its own instead.

Usage: python official_driver.py DIRECTORY FILE_DESCRIPTOR
"""

from __future__ import annotations

import builtins
import contextlib
import importlib
import io
import json
import os
import sys

ADDRESSES = ("AM_SVC_URL", "QM_SVC_URL", "SM_SVC_URL", "RM_SVC_URL")


def use_addresses(directory: str) -> None:
    """Have the client find its services by the files in a directory."""
    moved = {f"/tmp/{name}": f"{directory}/{name}" for name in ADDRESSES}
    plain_open, plain_exists = builtins.open, os.path.exists
    builtins.open = lambda file, *a, **k: plain_open(moved.get(file, file), *a, **k)
    os.path.exists = lambda path: plain_exists(moved.get(path, path))


def encoded(value: object) -> object:
    """A value as JSON has it; tables as their columns and rows."""
    kind = type(value).__name__
    if isinstance(value, bytes):
        return {"kind": kind, "bytes": list(value)}
    if kind == "DataFrame":
        rows = json.loads(value.to_json(orient="values"))
        return {"kind": kind, "columns": list(value.columns), "rows": rows}
    if kind == "Table":
        rows = [list(row) for row in value.filled().as_array().tolist()]
        return {"kind": kind, "columns": value.colnames, "rows": rows}
    if kind in ("ndarray", "recarray"):
        names = list(value.dtype.names or ())
        return {"kind": kind, "columns": names, "rows": value.tolist()}
    if kind == "Response":
        return {"kind": kind, "text": value.text, "status": value.status_code}
    return value


def answer(request: dict) -> dict:
    """Make one call."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        try:
            module = importlib.import_module(request["module"])
            function = module
            for name in request["function"].split("."):
                function = getattr(function, name)
            value = function(*request["arguments"], **request["options"])
        except Exception as error:
            return {
                "raised": type(error).__name__,
                "message": str(error),
                "printed": printed.getvalue(),
            }
    return {"value": encoded(value), "printed": printed.getvalue()}


def main() -> None:
    """Answer until there are no more requests."""
    use_addresses(sys.argv[1])
    with os.fdopen(int(sys.argv[2]), "w") as answers:
        for line in sys.stdin:
            answers.write(json.dumps(answer(json.loads(line)), default=str) + "\n")
            answers.flush()


if __name__ == "__main__":
    main()
