"""No change of one table costs another its rows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tables_of_alice import Lab


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    """Tables in this process."""
    lab = Lab(tmp_path / "data")
    yield lab
    lab.accounts.close()


def test_a_renamed_table_is_copied_back_to_its_first_name(lab: Lab):
    lab.put("seen", "n\n1\n2\n")
    lab.mydb.rename(lab.alice, "seen", "chosen")
    lab.mydb.copy(lab.alice, "chosen", "seen")
    assert lab.names() == ["seen", "chosen"]
    assert (lab.count("seen"), lab.count("chosen")) == (2, 2)
    lab.mydb.drop(lab.alice, "chosen")
    assert lab.count("seen") == 2
