"""The backend, the toolkit and the panel quote the same words.

They share no code, since they meet over HTTP alone: each has its own list.
"""

from __future__ import annotations

import re
from pathlib import Path

from datalab_backend.adql.words import RESERVED, quoted
from datalab_toolkit import metadata

PANEL = Path(__file__).parents[2] / "src" / "snippets" / "reserved.ts"


def test_the_toolkit_quotes_what_the_backend_reserves():
    for word in sorted(RESERVED):
        assert metadata.quoted(word.lower()) == f'"{word.lower()}"' == quoted(word.lower())
    plain = ["ra", "dec", "gmag", "limit", "name", "type", "dered_mag_g", "end_exec"]
    assert [metadata.quoted(word) for word in plain] == plain == [quoted(word) for word in plain]


def test_the_panel_quotes_what_the_backend_reserves():
    text = PANEL.read_text(encoding="utf-8")
    listed = re.search(r"RESERVED_WORDS[^`]*`([^`]*)`", text)
    assert listed is not None
    assert set(listed[1].split()) == RESERVED


def test_the_toolkit_lists_no_other_words():
    assert metadata._RESERVED == RESERVED
