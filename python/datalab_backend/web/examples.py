"""``/tap/examples``: queries to learn from, for people and programs (DALI 1.1, section 2.3).

The page is XHTML with RDFa marks. TOPCAT, pyvo and others read the queries out of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from html import escape
from importlib.resources import files
from string import Template

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response

from datalab_backend.catalogues.examples import Example
from datalab_backend.lazy import importing
from datalab_backend.web.context import base_url, context
from datalab_backend.web.home import HEADERS


async def page(request: Request) -> Response:
    """Show the examples of the catalogues as they are now."""

    def write() -> str:
        with importing:
            from datalab_backend.catalogues.examples import examples

        return render(examples(context(request).catalogues.now()), base_url(request))

    document = await to_thread.run_sync(write)
    return Response(document, media_type="application/xhtml+xml", headers=HEADERS)


def render(examples: Iterable[Example], base_url: str) -> str:
    """Write the page.

    Parameters
    ----------
    examples
        What to show.
    base_url
        The URL of the Data Lab, without a slash at the end.
    """
    return _template().substitute(
        tap=escape(f"{base_url}/tap"), examples="\n".join(map(_example, examples))
    )


@cache
def _template() -> Template:
    return Template(files(__package__).joinpath("examples.html").read_text(encoding="utf-8"))


def _example(example: Example) -> str:
    tables = ", ".join(f'<code property="table">{escape(name)}</code>' for name in example.tables)
    return (
        f'<div typeof="example" id="{example.id}" resource="#{example.id}">\n'
        f'<h2 property="name">{escape(example.name)}</h2>\n'
        f"<p>{escape(example.explanation)}</p>\n"
        f'<p class="tables">{tables}</p>\n'
        f'<pre property="query">{escape(example.query)}</pre>\n'
        "</div>"
    )
