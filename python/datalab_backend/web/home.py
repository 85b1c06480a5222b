"""``/``: a page that says what this is."""

from __future__ import annotations

from functools import cache
from html import escape
from importlib.resources import files
from string import Template

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import HTMLResponse

from datalab_backend.metadata import Table, Tables
from datalab_backend.version import version
from datalab_backend.web.context import base_url, snapshot

HEADERS = {
    # Nothing from elsewhere, and no scripts at all.
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "private, no-cache",
}


async def page(request: Request) -> HTMLResponse:
    """Say what this is, what it has, and how to connect."""
    tables = (await to_thread.run_sync(snapshot, request)).tables
    return HTMLResponse(render(tables, base_url(request)), headers=HEADERS)


def render(tables: Tables, base_url: str) -> str:
    """Write the page.

    Parameters
    ----------
    tables
        What the caller may read.
    base_url
        The URL of the Data Lab, without a slash at the end.
    """
    example = next(iter(tables), None)
    return _template().substitute(
        tap=escape(f"{base_url}/tap"),
        example=escape(example.full_name) if example else "schema.table",
        tables=_list(tables),
        version=escape(version()),
    )


@cache
def _template() -> Template:
    return Template(files(__package__).joinpath("home.html").read_text(encoding="utf-8"))


def _list(tables: Tables) -> str:
    catalogues = [t for schema in tables.schemas for t in tables.of(schema.name)]
    catalogues = [t for t in catalogues if t.schema.upper() != "TAP_SCHEMA"]
    if not catalogues:
        return (
            "<p>There are none yet. <code>datalab-server demo</code> makes a demo sky: real Gaia "
            "stars and OpenNGC objects first, then simulated surveys. The Data Lab panel of "
            "JupyterLab offers the same in one click.</p>"
        )
    rows = "\n".join(_row(table) for table in catalogues)
    return (
        '<div class="scroll"><table><thead><tr><th>Table</th><th class="rows">Rows</th>'
        f"<th>What it holds</th></tr></thead><tbody>\n{rows}\n</tbody></table></div>"
    )


def _row(table: Table) -> str:
    count = "" if table.rows is None else f"{table.rows:,}"
    badge = ' <span class="simulated">simulated</span>' if table.simulated else ""
    credit = f'<br><span class="faint">{escape(table.credit)}</span>' if table.credit else ""
    return (
        f"<tr><td><code>{escape(table.full_name)}</code>{badge}</td>"
        f'<td class="rows">{count}</td><td>{escape(table.description)}{credit}</td></tr>'
    )
