"""Rows of CSV end as shells want them, and values stay what they are."""

from __future__ import annotations

import pytest
from datalab_toolkit import lineends

CSV = b'a,b\r\n1,"two\r\nlines"\r\n2,"a ""quoted"" word"\r\n3,\r\n'
UNIX = b'a,b\n1,"two\r\nlines"\n2,"a ""quoted"" word"\n3,\n'


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
def test_rows_end_with_a_line_feed_and_values_are_left_alone(size: int) -> None:
    pieces = [CSV[i : i + size] for i in range(0, len(CSV), size)]
    assert b"".join(lineends.unix(pieces)) == UNIX
