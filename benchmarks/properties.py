"""A hundred thousand queries made up by chance, in both languages: each is refused or runs.

The tests try two thousand of the same. Prints how long they took; fails only where one of them
ended in anything but a result or a sentence.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1] / "tests" / "unit" / "adql" / "test_robustness.py"


def main() -> int:
    """Run the tests of properties with many examples."""
    queries = os.environ.setdefault("DATALAB_PROPERTY_QUERIES", "100000")
    start = time.perf_counter()
    code = pytest.main(["-q", "-p", "no:cacheprovider", "-W", "ignore", str(TESTS)])
    print(f"{int(queries):,} queries in {time.perf_counter() - start:.0f} s")
    return int(code)


if __name__ == "__main__":
    sys.exit(main())
