"""DALI parameters: names without case, values with, one value each."""

from __future__ import annotations

import pytest
from datalab_backend.errors import UsageError
from datalab_backend.web.parameters import Parameters


def test_names_are_compared_without_case_and_values_keep_theirs():
    assert Parameters([("qUeRy", "SELECT Ra")]).text("QUERY") == "SELECT Ra"


def test_an_absent_or_empty_parameter_has_no_value():
    parameters = Parameters([("MAXREC", "")])
    assert parameters.text("MAXREC") is None
    assert parameters.text("RUNID") is None
    assert parameters.whole("MAXREC", 7, 0, 10) == 7


@pytest.mark.parametrize(
    "items",
    [
        [("QUERY", "a"), ("query", "b")],
        [("QUERY", "a"), ("QUERY", "a")],
    ],
)
def test_a_repeated_parameter_is_refused_by_its_name(items: list[tuple[str, str]]):
    with pytest.raises(UsageError, match="QUERY is given more than once"):
        Parameters(items).text("QUERY")


def test_two_names_of_one_parameter_must_agree():
    agreeing = Parameters([("FORMAT", "csv"), ("RESPONSEFORMAT", "csv")])
    assert agreeing.text("RESPONSEFORMAT", "FORMAT") == "csv"
    with pytest.raises(UsageError, match="more than once"):
        Parameters([("FORMAT", "csv"), ("RESPONSEFORMAT", "json")]).text("RESPONSEFORMAT", "FORMAT")


@pytest.mark.parametrize("text", ["ten", "1e3", "1_000", "٣", "1.0", "--1", "9" * 40, "0x10"])
def test_what_is_no_whole_number_is_said_to_be_none(text: str):
    with pytest.raises(UsageError, match="MAXREC is not a whole number"):
        Parameters([("MAXREC", text)]).whole("MAXREC", 0, 0, 10)


def test_a_number_out_of_its_range_is_told_the_range():
    with pytest.raises(UsageError, match="between 0 and 10"):
        Parameters([("MAXREC", "-1")]).whole("MAXREC", 0, 0, 10)
    with pytest.raises(UsageError, match=r"It is 1 or more\.$"):
        Parameters([("LAST", "0")]).whole("LAST", 0, 1)


@pytest.mark.parametrize("text", ["nan", "inf", "-Infinity", "north", "1,5"])
def test_what_is_no_finite_number_is_said_to_be_none(text: str):
    with pytest.raises(UsageError, match="lon is not a number"):
        Parameters([("lon", text)]).number("lon", 0)


def test_a_value_outside_a_closed_set_is_told_the_set():
    with pytest.raises(UsageError, match="aitoff, mollweide"):
        Parameters([("projection", "Aitoff")]).choice(
            "projection", ("aitoff", "mollweide"), "aitoff"
        )


def test_a_set_of_one_value_or_none_reads_as_a_sentence():
    parameters = Parameters([("ACTION", "REMOVE")])
    with pytest.raises(UsageError, match=r"ACTION cannot be “REMOVE”\. It is DELETE\.$"):
        parameters.choice("ACTION", ("DELETE", ""), "")
    with pytest.raises(UsageError, match=r"PHASE is missing\. It is one of RUN, ABORT\.$"):
        parameters.choice("PHASE", ("RUN", "ABORT"), "")
