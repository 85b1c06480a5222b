"""Lays out cells of text in columns: for a terminal, and as HTML for a notebook."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Sequence
from html import escape


def text_table(
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    right: set[int],
    summary: str = "",
    wrap: bool = False,
) -> str:
    """Lay out cells in columns as wide as the terminal.

    Parameters
    ----------
    header, rows
        The cells as text.
    right
        The indices of columns of numbers, aligned on the right.
    summary
        Lines to put below.
    wrap
        Whether text too long for the last column goes on in a line below rather than being cut.
    """
    width = shutil.get_terminal_size((100, 24)).columns
    clean = [[" ".join(cell.split()) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(header, *clean, strict=True)]
    spare = width - sum(widths[:-1]) - 2 * (len(widths) - 1)
    widths[-1] = min(widths[-1], max(spare, 20))

    def line(cells: Sequence[str]) -> str:
        aligned = [
            cell.rjust(w) if i in right else cell.ljust(w)
            for i, (cell, w) in enumerate(zip(cells, widths, strict=True))
        ]
        return "  ".join(aligned).rstrip()

    lines = [line(header), line(["-" * w for w in widths])]
    for *first, last in clean:
        parts = textwrap.wrap(last, widths[-1]) if wrap else [_cut(last, widths[-1])]
        lines.append(line([*first, *parts[:1]] if parts else [*first, ""]))
        lines += [line([*[""] * len(first), part]) for part in parts[1:]]
    if summary:
        lines += ["", *(textwrap.fill(one, width) for one in summary.splitlines())]
    return "\n".join(lines)


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"


def html_table(
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    right: set[int],
    summary: str = "",
    wide: int | None = None,
    drawn: int | None = None,
) -> str:
    """Lay out cells as HTML.

    Parameters
    ----------
    header, rows, right, summary
        As for `text_table`.
    wide
        The index of a column of sentences, which is not to be squeezed; the page scrolls rather.
    drawn
        The index of a column of small drawings made of characters, which are not to be read aloud.
    """

    def cells(row: Sequence[str], tag: str) -> str:
        made = []
        for i, cell in enumerate(row):
            style = f"text-align: {'right' if i in right else 'left'}"
            style += "; min-width: 20em" if i == wide else ""
            hidden = ' aria-hidden="true"' if i == drawn and tag == "td" else ""
            made.append(f'<{tag} style="{style}"{hidden}>{escape(cell)}</{tag}>')
        return "".join(made)

    body = "".join(f"<tr>{cells(row, 'td')}</tr>" for row in rows)
    head = f"<thead><tr>{cells(header, 'th')}</tr></thead>"
    return f"<table>{head}<tbody>{body}</tbody></table>{html_notes(summary)}"


def html_notes(text: str) -> str:
    """Lay out lines of text as HTML, each a paragraph."""
    return "".join(f"<p>{escape(line)}</p>" for line in text.splitlines())
