"""The short way to a phone number gives what libphonenumber's matcher gives."""

import random

from hypothesis import example, given, settings
from hypothesis import strategies as st
from phonenumbers import PhoneNumber, is_valid_number

from redaction.recognizers.phones import ask_matcher, find_plain_number

AREAS = st.sampled_from(["212", "415", "800", "900", "555", "242", "456", "700", "999", "011", "787", "867", "204"])
GAPS = st.sampled_from(["", " ", "-", ".", "--"])
AROUND = st.one_of(
    st.sampled_from(
        ["", " ", "\n", '"', " at ", "tel: ", "call ", ".", ". ", "!", ", ", " or ", "(", ")", "+", "-", "x"]
    ),
    st.tuples(
        st.sampled_from([" at ", " the\n", " ext ", " x", " or, ", " extra ", " number.", " int. ", " no "]),
        st.text(st.sampled_from("0123456789 ,.abc\n"), max_size=12),
    ).map("".join),
    st.text(st.sampled_from(" \n\t\"'.,:;!?()[]<>=+-/%$#x~eabcEXT1"), max_size=8),
)


@st.composite
def numbers(draw: st.DrawFn) -> str:
    area = draw(AREAS)
    area = draw(st.sampled_from([area, f"({area})", f"({area}) "]))
    exchange = draw(st.sampled_from(["555", "946", "200", "123", "011", "911"]))
    return "".join(
        [draw(st.sampled_from(["", "+1", "1", "+1 ", "1-", "+"])), area, draw(GAPS), exchange, draw(GAPS), "0123"]
    )


@given(before=AROUND, number=numbers(), after=AROUND)
@example(before="at ", number="(212) 555-0123", after=" ext 5")
@example(before="", number="212-555-0123", after=" x")
@settings(max_examples=600, deadline=None)
def test_short_way_finds_what_the_matcher_finds(before: str, number: str, after: str) -> None:
    text = before + number + after
    found = find_plain_number(text)
    if found is not None:
        assert ask_matcher(text) == {found}


def test_short_way_is_taken() -> None:
    for text in ("call (212) 555-0123 or", " +1 212-555-0123 ", '"212.555.0123"', "+12125550123"):
        assert find_plain_number(text) is not None


def test_last_four_digits_decide_nothing() -> None:
    generator = random.Random(1)
    for area in range(200, 1000):
        for exchange in (555, 200, *generator.sample(range(201, 1000), 4)):
            prefix = f"{area}{exchange}"
            if find_plain_number(f"{prefix}0123"):
                numbers = [int(f"{prefix}{line:04d}") for line in (0, 555, 1212, 3999, 6006, 9876)]
                assert all(is_valid_number(PhoneNumber(1, national_number=number)) for number in numbers)
