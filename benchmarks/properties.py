"""A hundred thousand queries made up by chance, in both languages: each is refused or runs.

The tests try two thousand of the same. So are ten thousand forms of the query builder, each read
back from its query. Prints how long they took; fails only where a query ended in anything but a
result or a sentence, or a form in another.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

UNIT = Path(__file__).parents[1] / "tests" / "unit"
TESTS = [
    UNIT / "adql" / "test_robustness.py",
    UNIT / "toolkit" / "builder" / "test_form.py",  # a tenth as many forms
]


def main() -> int:
    """Run the tests of properties with many examples."""
    queries = os.environ.setdefault("DATALAB_PROPERTY_QUERIES", "100000")
    start = time.perf_counter()
    code = pytest.main(["-q", "-p", "no:cacheprovider", "-W", "ignore", *map(str, TESTS)])
    print(f"{int(queries):,} queries in {time.perf_counter() - start:.0f} s")
    return int(code)


if __name__ == "__main__":
    sys.exit(main())
