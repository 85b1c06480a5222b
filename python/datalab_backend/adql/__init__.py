"""ADQL: text to tree, checks, SQL of an engine.

This is the wall between what users write and what engines run. A query passes three functions:
`parse` reads the text by a strict grammar, `check` looks every name up in the metadata and checks
every type, `translate` builds the engine's query from the checked tree, and never from the text.
`parse_sql` reads the SQL that Data Lab users write to the same tree.
"""

from datalab_backend.adql.check import check
from datalab_backend.adql.checked import CheckedQuery
from datalab_backend.adql.parser import parse
from datalab_backend.adql.sql_parser import parse_sql
from datalab_backend.adql.translate import translate
from datalab_backend.errors import AdqlError

LANGUAGES = {"ADQL": parse, "SQL": parse_sql}
"""What reads a query, by the name of its language."""

__all__ = ["LANGUAGES", "AdqlError", "CheckedQuery", "check", "parse", "parse_sql", "translate"]
