"""The Python code that a view puts into a notebook."""

from __future__ import annotations

import json

from datalab_toolkit.registry import DEFAULT


def python_query(text: str, service: str = DEFAULT, name: str = "df", out: str = "") -> str:
    """Write the code that runs a query and shows its rows.

    Parameters
    ----------
    text
        The query, in ADQL.
    service
        The name of the service.
    name
        The variable that gets the rows, or what is made of them.
    out
        Where the rows are kept, as for `query`; empty for the variable.
    """
    literal = text.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    where = "" if service == DEFAULT else f", service={json.dumps(service)}"
    where += f", out={json.dumps(out)}" if out else ""
    return f'import datalab_toolkit as dl\n\n{name} = dl.query("""\n{literal}\n"""{where})\n{name}'
