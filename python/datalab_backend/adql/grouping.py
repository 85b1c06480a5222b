"""What may be selected beside GROUP BY and aggregates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields

from datalab_backend.adql.checked import Findings
from datalab_backend.adql.sql_tree import Truth
from datalab_backend.adql.tree import (
    Aggregate,
    ColumnName,
    Node,
    Null,
    Number,
    Query,
    Text,
    children,
)
from datalab_backend.errors import AdqlError


def fingerprint(node: Node, findings: Findings) -> object:
    """A value that two expressions share when they mean the same.

    Columns are told apart by what they mean, not by how they are written: ``ra`` is ``t.ra``.
    A query inside an expression is only the same as itself.
    """
    if isinstance(node, ColumnName):
        return findings.fields[node].places
    if isinstance(node, Query):
        return node
    parts: list[object] = [type(node)]
    for field in fields(node):
        if field.name in ("line", "column"):
            continue
        value = getattr(node, field.name)
        if isinstance(value, Node):
            parts.append(fingerprint(value, findings))
        elif isinstance(value, tuple):
            parts.append(tuple(fingerprint(item, findings) for item in value))
        else:
            # 1 and 1.0 are equal in Python, and not the same in a query.
            parts.append((type(value), value))
    return tuple(parts)


def has_aggregate(nodes: Sequence[Node]) -> bool:
    """Whether an aggregate stands in the expressions, queries inside them aside."""
    return any(
        isinstance(node, Aggregate)
        or (not isinstance(node, Query) and has_aggregate(tuple(children(node))))
        for node in nodes
    )


def is_literal(node: Node) -> bool:
    """Whether an expression has only numbers, texts and NULL in it."""
    below = tuple(children(node))
    return all(map(is_literal, below)) if below else isinstance(node, Number | Text | Null | Truth)


def check_grouping(
    nodes: Sequence[Node], groups: Sequence[Node], sources: frozenset[str], findings: Findings
) -> None:
    """Refuse columns that have no single value in a group.

    Parameters
    ----------
    nodes
        The expressions of SELECT, HAVING and ORDER BY.
    groups
        The terms of GROUP BY.
    sources
        The tables of this query, under their names for the engine.
    findings
        What the names mean.

    Raises
    ------
    AdqlError
        For the first column that is neither grouped by nor inside an aggregate.
    """
    grouped = {fingerprint(group, findings) for group in groups}
    pending = list(reversed(nodes))
    while pending:
        node = pending.pop()
        if isinstance(node, Aggregate):
            continue
        if isinstance(node, ColumnName) and (field := findings.fields.get(node)):
            if field.places in grouped or field.places[0][0] not in sources:
                continue
            name = node.parts[-1]
            raise AdqlError(
                f"'{node}' has many values in each group."
                if groups
                else f"'{node}' has many values, and an aggregate is selected beside it.",
                *node.place,
                f"Add it to GROUP BY, or take one of its values, as in MIN({name}).",
            )
        if not isinstance(node, Query) and fingerprint(node, findings) in grouped:
            continue
        pending.extend(reversed(tuple(children(node))))
