"""Forms made up by chance, as a person could fill them in."""

from __future__ import annotations

from dataclasses import replace

from datalab_toolkit.builder.form import (
    OPERATORS,
    Compare,
    Condition,
    Cone,
    Form,
    Like,
    Match,
    Missing,
    OneOf,
    Order,
    Output,
    Range,
    Written,
)
from datalab_toolkit.builder.names import with_match
from hypothesis import strategies as st

NUMBERS = ["ra", "dec", "gmag", "rmag", "fieldid", '"size"', '"Weird ""Name"""']
TEXTS = ["name", "id", '"date"']
COLUMNS = st.sampled_from([*NUMBERS, *TEXTS])
TABLES = st.sampled_from(["smash.object", "gaia_dr3.gaia_source", '"II/246"."out"', "one_word"])
NAMES = st.sampled_from(["", "", "colour", "x1", '"Two Words"'])

numbers = st.recursive(
    st.sampled_from([*NUMBERS, "2.5", "1e-3", "10", "PI()"]),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from("+-*/"), inner).map(lambda p: f"({p[0]} {p[1]} {p[2]})"),
        st.tuples(st.sampled_from(["ABS", "SQRT", "LOG10", "FLOOR"]), inner).map(
            lambda p: f"{p[0]}({p[1]})"
        ),
        st.tuples(inner, inner).map(lambda p: f"POWER({p[0]},\n  {p[1]})"),
    ),
    max_leaves=4,
)
texts = st.one_of(st.sampled_from(TEXTS), st.sampled_from(TEXTS).map(lambda t: f"LOWER( {t} )"))
number_constants = st.one_of(
    st.integers(1 - 2**63, 2**63 - 1), st.floats(allow_nan=False, allow_infinity=False)
)
text_constants = st.text(st.sampled_from("ab%_ '\"()-;,é\n"), max_size=6)

conditions: st.SearchStrategy[Condition] = st.one_of(
    st.builds(Compare, numbers, st.sampled_from(OPERATORS), number_constants),
    st.builds(Compare, texts, st.sampled_from(OPERATORS), text_constants),
    st.builds(Range, numbers, number_constants, number_constants),
    st.builds(
        OneOf, numbers, st.lists(number_constants, min_size=1, max_size=4).map(tuple), st.booleans()
    ),
    st.builds(
        OneOf, texts, st.lists(text_constants, min_size=1, max_size=4).map(tuple), st.booleans()
    ),
    st.builds(Missing, COLUMNS, st.booleans()),
    st.builds(Like, texts, text_constants, st.booleans(), st.booleans()),
    st.builds(
        Written,
        st.sampled_from(
            [
                "gmag < rmag",
                "gmag < 20 OR rmag < 20",
                "NOT (gmag < 20 AND rmag < 20)",
                "fieldid = 1 AND gmag < 20 OR fieldid = 2 AND gmag BETWEEN 1 AND 2",
                "1 = CONTAINS(POINT(ra, dec), BOX(10, 20, 2, 1))",
                "gmag NOT BETWEEN 1 AND 2",
                "2 < gmag",
                "NOT name IS NULL",
            ]
        ),
    ),
)

angles = st.floats(-89.9, 89.9)
cones = st.builds(
    Cone,
    st.floats(0, 360),
    angles,
    st.floats(1e-6, 180),
    st.sampled_from([("ra", "dec"), ("raj2000", '"dec J2000"')]),
)
matches = st.builds(
    Match,
    TABLES,
    st.floats(1e-3, 3600),
    st.booleans(),
    st.just(("ra", "dec")),
    st.sampled_from([("ra", "dec"), ("raj2000", '"dec J2000"')]),
)


def _matched(form: Form, match: Match | None) -> Form:
    if match is None:
        return form
    matched = with_match(form, match)
    both = (Output("a.*"), Output("b.gmag"), Output(match.separation, "separation_arcsec"))
    return replace(matched, outputs=(*matched.outputs, *both))


forms: st.SearchStrategy[Form] = st.builds(
    _matched,
    st.builds(
        Form,
        TABLES,
        st.lists(st.builds(Output, numbers | texts, NAMES), max_size=6).map(tuple),
        st.lists(conditions, max_size=4).map(tuple),
        st.none() | cones,
        st.none(),
        st.none() | st.builds(Order, numbers | texts, st.booleans()),
        st.none() | st.integers(0, 10**9),
    ),
    st.none() | matches,
)
