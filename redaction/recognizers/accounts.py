"""Bank accounts (IBAN) and cryptocurrency addresses; both carry a checksum, which Presidio verifies."""

import re
from itertools import groupby

from redaction.recognizers.kind import EDGE, Anchor, Kind, Span, run_of

# Length of an IBAN per country, as the SWIFT IBAN registry lists it.
_LENGTHS = (
    "AD:24 AE:23 AL:28 AT:20 AZ:28 BA:20 BE:16 BG:22 BH:22 BI:27 BR:29 BY:28 CH:21 CR:22 CY:28 CZ:24 DE:22 "
    "DJ:27 DK:18 DO:28 EE:20 EG:29 ES:24 FI:18 FK:18 FO:18 FR:27 GB:22 GE:22 GI:23 GL:18 GR:27 GT:28 HN:28 "
    "HR:21 HU:28 IE:22 IL:23 IQ:23 IS:26 IT:27 JO:30 KW:30 KZ:20 LB:28 LC:32 LI:21 LT:20 LU:20 LV:21 LY:25 "
    "MC:27 MD:24 ME:22 MK:19 MN:20 MR:27 MT:31 MU:30 NI:28 NL:18 NO:15 OM:23 PK:24 PL:28 PS:29 PT:25 QA:29 "
    "RO:24 RS:22 RU:33 SA:24 SC:31 SD:18 SE:24 SI:19 SK:24 SM:27 SO:23 ST:25 SV:28 TL:23 TN:24 TR:26 UA:29 "
    "VA:22 VG:24 XK:20 YE:30"
)
IBAN_LENGTHS: dict[str, int] = {entry[:2]: int(entry[3:]) for entry in _LENGTHS.split()}
_START = re.compile(r"[A-Za-z]{2}\d{2}")
_REST = {size: re.compile(rf"(?:[ \-]?[A-Za-z0-9]){{{size - 4}}}") for size in set(IBAN_LENGTHS.values())}
_LONGEST = 2 * 34  # 34 characters (ISO 13616), a separator before each


def iban_window(text: str, position: int) -> Span:
    """From the country's letters as far as the longest IBAN reaches. The anchor is at most nine characters long."""
    return max(0, position - 9), min(len(text), position + _LONGEST)


def find_iban_spans(text: str) -> list[Span]:
    """Stretches of exactly as many letters and digits as the country asks for, single blanks and hyphens aside.

    Presidio's own pattern is greedy over upper-case words behind the number, and loses it then.
    """
    spans: list[Span] = []
    match = _START.search(text)
    while match is not None:
        size = IBAN_LENGTHS.get(match.group()[:2].upper())
        rest = _REST[size].match(text, match.end()) if size else None
        if rest:
            spans.append((match.start(), rest.end()))
        match = _START.search(text, match.start() + 1)
    return spans


def refine_alone(text: str, start: int, end: int) -> Span | None:
    """Drops what is only a part of a longer word."""
    if text[start - 1 : start].isalnum() and start:
        return None
    return None if text[end : end + 1].isalnum() else (start, end)


# Of a million addresses in base 58 one has no capital; every id in hexadecimal has none. An address has at most 35
# characters: without a bound, a megabyte of "1a" would be looked through from each of its ones to its end.
_ADDRESS_LIKE = re.compile(r"bc1|[13][a-z0-9]{0,34}[A-Z]")


def refine_crypto(text: str, start: int, end: int) -> Span | None:
    """Drops ids in hexadecimal, and what is only a part of a longer word."""
    return refine_alone(text, start, end) if _ADDRESS_LIKE.match(text, start, end) else None


# Country letters in either case, written out by their first one: `(?i:AD|AE|…)` takes twenty times as long.
_COUNTRIES = "|".join(
    f"[{first}{first.lower()}][{''.join(country[1] + country[1].lower() for country in group)}]"
    for first, group in groupby(sorted(IBAN_LENGTHS), key=lambda country: country[0])
)
_IBAN_LIKE = re.compile(
    rf"(?=[A-Za-z]{{2}}\d)(?:{_COUNTRIES})\d{{2}}(?:[ \-]?[A-Za-z0-9]){{{min(IBAN_LENGTHS.values()) - 4}}}"
)
_BASE58 = r"[a-zA-HJ-NP-Z0-9]{25}"
IBAN = Kind(
    "IBAN_CODE",
    # Any two letters: naming the countries here halves the speed of the whole database.
    (Anchor(rf"{EDGE}[A-Z]{{2}}\d{{2}}[ \-]?[A-Z0-9][A-Z0-9 \-]{{3}}", caseless=True, lane="digits"),),
    iban_window,
    probe=_IBAN_LIKE,
    margin=(1, 1),
    refine=refine_alone,
    whole=False,
    doubtful=True,
)
CRYPTO = Kind(
    "CRYPTO",
    (Anchor(rf"{EDGE}bc1{_BASE58}"), Anchor(rf"{EDGE}[13]{_BASE58}", lane="runs")),
    run_of("A-Za-z0-9", 96),
    probe=re.compile("bc1|[A-Z]"),
    refine=refine_crypto,
    doubtful=True,
)
KINDS = (IBAN, CRYPTO)
