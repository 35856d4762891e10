"""The short way to a phone number gives what libphonenumber's matcher gives, of that which is kept."""

import random

from hypothesis import example, given, settings
from hypothesis import strategies as st
from phonenumbers import (
    COUNTRY_CODE_TO_REGION_CODE,
    Leniency,
    PhoneNumber,
    PhoneNumberFormat,
    PhoneNumberMatcher,
    example_number,
    format_number,
    is_valid_number,
    parse,
)

from redaction.country_codes import read_international
from redaction.recognizers.numbers import PHONE_LIKE, refine_phone
from redaction.recognizers.phones import ask_matcher_twice, find_phone_spans, find_plain_numbers

AREAS = st.sampled_from(["212", "415", "800", "900", "555", "242", "456", "700", "999", "011", "787", "867", "204"])
GAPS = st.sampled_from(["", " ", "-", ".", "--"])
REGIONS = ["GB", "DE", "FR", "IT", "NO", "IN", "BR", "JM", "AR", "MX", "NU", "SH", "KZ", "CN", "HU"]
SIGNS = " \n\t\"'.,:;!?()[]<>=+-/%$#x~_eabcdEXT1"
AROUND = st.one_of(
    st.sampled_from(
        ["", " ", "\n", '"', " at ", "tel: ", "call ", ".", ". ", "!", ", ", " or ", "(", ")", "+", "-", "x", "d", "_"]
    ),
    st.sampled_from(
        [" to ", " (", ") ", "; ext=", " (ext ", ". Order ORD-", " exp=", " -- ", "\r\n", ":30", " - ", "$"]
    ),
    st.tuples(
        st.sampled_from([" at ", " the\n", " ext ", " x", " or, ", " extra ", " number.", " int. ", " no ", " anexo"]),
        st.text(st.sampled_from("0123456789 ,.abc\n"), max_size=12),
    ).map("".join),
    st.text(st.sampled_from(SIGNS), max_size=8),
)
OTHERS = st.one_of(
    st.sampled_from(
        ["4000 0566 0099 1966", "4000-0566-9268-0105", "5100 0012 0034 0456", "2026-01-15T06:30", "5", "0"]
    ),
    st.sampled_from(
        [
            "8242904252dc",
            "898277157a1",
            "12724621718a",
            "030 901820",
            "0800 1111",
            "09/29",
            "2012-01-02 08",
            "7836230368",
            "17836230368",
        ]
    ),
    st.text(st.sampled_from("0123456789 -."), min_size=6, max_size=24),
)


@st.composite
def numbers(draw: st.DrawFn) -> str:
    """One of North America, with its country code or without, valid or not."""
    area = draw(AREAS)
    area = draw(st.sampled_from([area, f"({area})", f"({area}) "]))
    exchange = draw(st.sampled_from(["555", "946", "200", "123", "011", "911"]))
    return "".join(
        [draw(st.sampled_from(["", "+1", "1", "+1 ", "1-", "+"])), area, draw(GAPS), exchange, draw(GAPS), "0123"]
    )


@st.composite
def abroad(draw: st.DrawFn) -> str:
    """One of another country as it is written there and from abroad, valid or with a digit changed."""
    number = example_number(draw(st.sampled_from(REGIONS)))
    assert number is not None
    form = draw(st.sampled_from([PhoneNumberFormat.INTERNATIONAL, PhoneNumberFormat.E164, PhoneNumberFormat.NATIONAL]))
    text = format_number(number, form).replace(" ", draw(st.sampled_from([" ", " ", "-", ".", "  "])))
    at = draw(st.integers(0, len(text) * 3))
    return text[:at] + draw(st.sampled_from("0123456789 (")) + text[at + 1 :] if at < len(text) else text


ANY = st.one_of(numbers(), abroad(), OTHERS)


def keep(text: str, spans: set[tuple[int, int]]) -> set[tuple[int, int]]:
    """The spans that look like a phone number, as they are after the second look."""
    like = {span for span in spans if PHONE_LIKE.search(text, *span)}
    return {kept for span in like if (kept := refine_phone(text, *span)) is not None}


@given(st.lists(st.tuples(AROUND, ANY), min_size=1, max_size=3), AROUND)
@example([("at ", "(212) 555-0123")], " ext 5")
@example([("at ", "(212) 555-0123")], " (ext 5)")
@example([("", "212-555-0123")], " x")
@example([("card ", "4000 0566 0099 1966")], " exp=09/29")
@example([("", "212.555.4000"), (" ", "0566 0099 1966")], "")
@example([("tel: ", "+44 20 7946 0833"), (". Or ", "+44 20 7946 0834")], "----- 503#")
@example([("on ", "+49 2012-01-02 08")], ":30")
@settings(max_examples=1500, deadline=None)
def test_short_ways_find_what_the_matcher_finds(pieces: list[tuple[str, str]], after: str) -> None:
    text = "".join(before + number for before, number in pieces) + after
    for line in text.split("\n"):
        assert keep(line, find_phone_spans(line)) == keep(line, ask_matcher_twice(line))


@given(st.lists(st.tuples(AROUND, ANY, st.sampled_from(["", "\n", " \n", "\r\n"])), min_size=2, max_size=4))
@settings(max_examples=500, deadline=None)
def test_the_matcher_finds_no_number_over_a_line_break(pieces: list[tuple[str, str, str]]) -> None:
    text = "".join(map("".join, pieces))
    for region in ("US", "GB", "DE", "FR"):
        by_line: set[tuple[int, int]] = set()
        at = 0
        for line in text.split("\n"):
            by_line |= {(at + start, at + end) for start, end in ask_region(line, region)}
            at += len(line) + 1
        assert ask_region(text, region) == by_line


def ask_region(text: str, region: str) -> set[tuple[int, int]]:
    return {(found.start, found.end) for found in PhoneNumberMatcher(text, region, leniency=Leniency.VALID)}


def test_short_ways_are_taken() -> None:
    for text in ("call (212) 555-0123 or", " +1 212-555-0123 ", '"212.555.0123"', "+12125550123", "+44 20 7946 0833."):
        assert find_plain_numbers(text), text
    assert find_plain_numbers("212-555-0123, or +44 20 7946 0833. Order ORD-148661") == {(0, 12), (17, 33)}
    for text in (
        "4000 0566 0099 1966 exp=09/29",
        " DE66 0779 8997 6967 1442 05 has",
        "id=095558944a",
        "req=8242904252dc took",
        "2026-01-15T06:30:12",
        "no digits",
    ):
        assert find_plain_numbers(text) == set(), text


def test_lines_are_looked_through_by_themselves() -> None:
    assert find_phone_spans("(212) 555-0123\n2026-01-15\n+44 20 7946 0833") == {(0, 14), (26, 42)}


@given(
    st.sampled_from([*sorted(COUNTRY_CODE_TO_REGION_CODE), 999, 0]),
    st.sampled_from(["", " ", "-", ".", " (0)", "0", "00", "1", "8", "9", "06"]),
    st.text(st.sampled_from("0123456789"), min_size=1, max_size=16),
)
@settings(max_examples=2000, deadline=None)
def test_numbers_are_read_as_by_the_parser(code: int, between: str, rest: str) -> None:
    text = f"+{code}{between}{rest[:3]} {rest[3:]}".strip()
    number = read_international(text)
    if number is not None:
        assert number == parse(text)
        assert "+" + "".join(filter(str.isdigit, text)) == format_number(number, PhoneNumberFormat.E164)


def test_numbers_of_most_countries_are_read_without_the_parser() -> None:
    numbers = [example_number(regions[0]) for regions in COUNTRY_CODE_TO_REGION_CODE.values() if regions[0] != "001"]
    forms = [format_number(one, PhoneNumberFormat.INTERNATIONAL) for one in numbers if one is not None]
    assert sum(read_international(form) is not None for form in forms) > 0.8 * len(forms) > 150


def test_last_four_digits_decide_nothing() -> None:
    generator = random.Random(1)
    for area in range(200, 1000):
        for exchange in (555, 200, *generator.sample(range(201, 1000), 4)):
            prefix = f"{area}{exchange}"
            if find_plain_numbers(f"{prefix}0123"):
                numbers = [int(f"{prefix}{line:04d}") for line in (0, 555, 1212, 3999, 6006, 9876)]
                assert all(is_valid_number(PhoneNumber(1, national_number=number)) for number in numbers)
