"""Ten thousand areas made up by chance, joined by AND, OR and NOT, against brute force.

The tests try two hundred of the same. Prints how long they took; fails only where a row was lost
or found too many.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1] / "tests" / "unit" / "adql" / "test_areas.py"


def main() -> int:
    """Run the tests of areas with many examples."""
    areas = os.environ.setdefault("DATALAB_PROPERTY_AREAS", "10000")
    start = time.perf_counter()
    code = pytest.main(["-q", "-p", "no:cacheprovider", "-W", "ignore", str(TESTS)])
    print(f"{int(areas):,} areas in {time.perf_counter() - start:.0f} s")
    return int(code)


if __name__ == "__main__":
    sys.exit(main())
