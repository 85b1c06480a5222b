"""The form as the browser has it: lists and texts that JSON can carry, and may be unfinished."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from functools import partial
from typing import Any, TypeAlias

from datalab_toolkit.builder.form import (
    Compare,
    Condition,
    Cone,
    Constant,
    Form,
    Like,
    Match,
    Missing,
    OneOf,
    Order,
    Output,
    Range,
)
from datalab_toolkit.builder.names import with_match, without_match
from datalab_toolkit.builder.read import read_conditions
from datalab_toolkit.errors import DatalabError

Document: TypeAlias = dict[str, Any]

_KINDS = {
    "compare": Compare,
    "range": Range,
    "one_of": OneOf,
    "missing": Missing,
    "like": Like,
}


def document(form: Form) -> Document:
    """Write a form for the browser."""
    found = asdict(form)
    found["conditions"] = [_told(condition) for condition in form.conditions]
    return found


def _told(condition: Condition) -> Document:
    for kind, cls in _KINDS.items():
        if isinstance(condition, cls):
            told = {"kind": kind, **asdict(condition)}
            for name in ("constant", "low", "high"):
                if name in told:
                    told[name] = _told_constant(told[name])
            if isinstance(condition, OneOf):
                told["constants"] = [_told_constant(c) for c in condition.constants]
            return told
    return {"kind": "written", **asdict(condition)}


def form_of(told: Mapping[str, Any]) -> tuple[Form, dict[str, str]]:
    """Read what the browser has.

    Parameters
    ----------
    told
        As `document` writes it. What is unfinished is left out.

    Returns
    -------
    Form
        What the form says so far.
    dict
        Why parts are left out, by their name: ``outputs.2``, ``conditions.0``, ``cone``, ``match``.
    """
    notes: dict[str, str] = {}

    def part(name: str, make: Callable[[], Any]) -> Any:  # noqa: ANN401
        try:
            return make()
        except DatalabError as error:
            notes[name] = f"{error.message} {error.hint}".strip()
        except (KeyError, TypeError, ValueError):
            notes[name] = ""  # not filled in yet
        return None

    outputs = [part(f"outputs.{i}", partial(_output, row)) for i, row in enumerate(told["outputs"])]
    conditions: list[Condition] = []
    for i, row in enumerate(told["conditions"]):
        conditions += part(f"conditions.{i}", partial(_conditions, row)) or ()
    cone, match, order = told.get("cone"), told.get("match"), told.get("order")
    limit = told.get("limit")
    form = Form(
        table=str(told["table"]),
        outputs=tuple(o for o in outputs if o is not None),
        conditions=tuple(conditions),
        cone=part("cone", lambda: _cone(cone)) if cone else None,
        match=part("match", lambda: _match(match)) if match else None,
        order=part("order", lambda: Order(order["value"], bool(order["descending"])))
        if order and order.get("value")
        else None,
        limit=None if limit in (None, "") else max(0, int(limit)),
    )
    return form, notes


def rematched(form: Form, before: Form | None) -> Form:
    """A form to which the browser has put a second table, or taken it away, with the right names.

    Parameters
    ----------
    form
        As the browser has it: what it says is named as it was before.
    before
        The form before.
    """
    had = before is not None and before.match is not None
    if form.match is not None and not had:
        return with_match(replace(form, match=None), form.match)
    if form.match is None and had and before is not None:
        return without_match(replace(form, match=before.match))
    return form


def _output(row: Mapping[str, Any]) -> Output:
    if not row["value"].strip():
        raise ValueError("Nothing is written yet.")
    return Output(row["value"], row["name"])


def _conditions(row: Mapping[str, Any]) -> tuple[Condition, ...]:
    match row["kind"]:
        case "compare":
            return (Compare(row["value"], row["operator"], _constant(row["constant"])),)
        case "range":
            return (Range(row["value"], _constant(row["low"]), _constant(row["high"])),)
        case "one_of":
            constants = tuple(_constant(c) for c in row["constants"])
            return (OneOf(row["value"], constants, bool(row["negated"])),) if constants else ()
        case "missing":
            return (Missing(row["value"], bool(row["missing"])),)
        case "like":
            if row["pattern"] in ("", "%%"):
                return ()
            return (
                Like(row["value"], row["pattern"], bool(row["any_case"]), bool(row["negated"])),
            )
    return read_conditions(row["text"])


def _constant(value: Any) -> Constant:  # noqa: ANN401
    if isinstance(value, Mapping):
        return int(value["whole"])
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise ValueError("A constant is a number or a text.")
    return value


def _told_constant(value: Constant) -> object:
    """A constant for JSON: numbers of JavaScript hold whole numbers up to 2**53."""
    if isinstance(value, int) and abs(value) > 2**53:
        return {"whole": str(value)}
    return value


def _cone(told: Mapping[str, Any]) -> Cone:
    ra, dec = told["position"]
    return Cone(float(told["ra"]), float(told["dec"]), float(told["radius_deg"]), (ra, dec))


def _match(told: Mapping[str, Any]) -> Match:
    first, second = told["position"], told["other_position"]
    if not told["table"]:
        raise ValueError("No table is chosen yet.")
    return Match(
        told["table"],
        float(told["radius_arcsec"]),
        bool(told["keep_all"]),
        (first[0], first[1]),
        (second[0], second[1]),
    )
