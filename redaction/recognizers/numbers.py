"""Numbers of people: payment cards, US social security and taxpayer numbers, phones.

They share their anchors (nine digits with few separators between, seven behind a plus), so that one look around a
place serves all of them.
"""

import re

from redaction.recognizers.kind import EDGE, Anchor, Kind, Span, run_of

_GAP = r"[ ().\-/x\[\]~]{0,4}"
DIGITS = Anchor(rf"{EDGE}(?:\d{_GAP}){{8,}}\d(?:[^\d]|$)", lane="digits")
INTERNATIONAL = Anchor(rf"\+[ (]{{0,2}}(?:\d{_GAP}){{6}}\d")
_ANCHORS = (DIGITS, INTERNATIONAL)
_RUN = run_of(r"0-9 ().\-/+x\[\]~")

_UUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
_ID_PREFIX = re.compile(r"([A-Za-z]+[0-9]*)[-_#]+\(?$")
_PERSON_WORDS_TEXT = (
    "phone phones tel telephone mobile cell cellphone fax sms whatsapp contact caller user customer "
    "client msisdn number no ssn social card cc visa mastercard amex"
)
_PERSON_WORDS = frozenset(_PERSON_WORDS_TEXT.split())
_DATE = re.compile(r"(?<!\d)(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.](?:19|20)\d{2})(?!\d)")
_ID_LABEL = re.compile(r"(?i)(?:span|trace|parent|request|correlation)(?:[_\-]?id)?[\"']?\s?[:=]\s?[\"']?$")
_DECIMAL_BEFORE = re.compile(r"\d\.$")
_SSN_WORDS = re.compile(r"(?i)\b(?:ssn|social|soc\.? sec|sin|tax ?id)\b")
_BARE_PHONE = re.compile(r"1?[2-9]\d{2}[2-9]\d{6}|0\d{9,10}")
_NANP = re.compile(r"(?:1[ .\-/]{0,2})?(?:\(\d{3}\)|\d{3})[ .\-/]{0,3}\d{3}[ .\-/]{0,3}\d{4}(?:\D{1,7}\d{1,6})?")
_DECIMAL = re.compile(r"0\.\d+")
_NOT_PHONES = frozenset({"2147483647", "2147483648"})  # the bounds of a 32-bit integer look like Dallas


def in_uuid(text: str, start: int, end: int) -> bool:
    """True when the span lies inside a UUID."""
    first, last = max(0, start - 36), min(len(text), end + 36)
    return text.count("-", first, last) >= 4 and any(
        match.start() <= start and end <= match.end() for match in _UUID.finditer(text, first, last)
    )


def has_id_prefix(text: str, start: int) -> bool:
    """True after `ORD-`, `call_` and the like; false after a word that speaks of a person's number."""
    match = _ID_PREFIX.search(text, max(0, start - 24), start)
    return match is not None and match.group(1).casefold() not in _PERSON_WORDS


def in_decimal(text: str, start: int, end: int) -> bool:
    """True for the digits after a decimal point, which a scoring model emits by the dozen."""
    return bool(_DECIMAL_BEFORE.search(text, max(0, start - 2), start)) and "." not in text[start:end]


_NO_DIGITS = re.compile(r"\D")
_ISSUED = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})|(?:5[0-8]|2[2-7]|35|6[0345679])\d{14}|(?:62|81)\d{14,17}"
    r"|(?:34|37)\d{13}|1\d{14}|(?:30|36|38|39)(?:\d{12}|\d{14})"
)


def refine_card(text: str, start: int, end: int) -> Span | None:
    """Lengths by issuer (ISO/IEC 7812 ranges): a Luhn sum alone passes one number of ten."""
    digits = _NO_DIGITS.sub("", text[start:end])
    if not _ISSUED.fullmatch(digits):
        return None
    near = text[max(0, start - 3) : start]
    if (":" in near or "=" in near) and _ID_LABEL.search(text, max(0, start - 24), start):
        return None  # an id of sixteen hex digits may have no letter in it
    if len(set(digits)) == 1 or in_uuid(text, start, end) or in_decimal(text, start, end):
        return None
    return start, end


def refine_ssn(text: str, start: int, end: int) -> Span | None:
    """Dashes speak for themselves; blanks, dots or nothing between the groups need a word beside them."""
    if in_uuid(text, start, end):
        return None
    if text[start:end].count("-") == 2 or _SSN_WORDS.search(text, max(0, start - 48), start):
        return start, end
    return None


def refine_phone(text: str, start: int, end: int) -> Span | None:
    """International numbers, and national ones as people write them; dates, ids and tables of numbers are not."""
    if start and text[start] == "(" and text[start - 1] == "+":
        start -= 1
    value = text[start:end]
    if value.startswith("(") and ")" not in value:
        start, value = start + 1, value[1:]
    if value.startswith(("+", "(+")) or (value.startswith("00") and not has_id_prefix(text, start)):
        return None if start and text[start - 1].isdigit() else (start, end)
    before = text[start - 1 : start]
    if before.isalnum() or (before in ("_", "=") and text[start - 2 : start - 1].isdigit()):
        return None
    after = text[end : end + 1]
    if after.isalnum() or after == "_" or (after in "-." and after and text[end + 1 : end + 2].isdigit()):
        return None
    if before in "-./" and before and text[start - 2 : start - 1].isdigit():
        return None
    if in_uuid(text, start, end) or has_id_prefix(text, start) or _DATE.search(text, max(0, start - 5), end + 5):
        return None
    if value.isdigit():
        return (start, end) if _BARE_PHONE.fullmatch(value) and value not in _NOT_PHONES else None
    if value.startswith(("0", "(0")):
        return None if _DECIMAL.fullmatch(value) else (start, end)
    return (start, end) if _NANP.fullmatch(value) else None


CARD = Kind(
    "CREDIT_CARD",
    _ANCHORS,
    _RUN,
    probe=re.compile(r"(?<!\d)[1-6](?:[ \-.]?\d){12}"),
    refine=refine_card,
    needs=("", "2", ".", ""),
    doubtful=True,
)
SSN = Kind(
    "US_SSN",
    _ANCHORS,
    _RUN,
    probe=re.compile(r"(?<!\d)\d{3}[- .]?\d{2}[- .]?\d{4}(?!\d)"),
    refine=refine_ssn,
    doubtful=True,
)
ITIN = Kind(
    "US_ITIN",
    _ANCHORS,
    _RUN,
    probe=re.compile(r"(?<!\d)9\d{2}[- ]\d{2}[- ]\d{4}(?!\d)"),
    refine=refine_ssn,
    doubtful=True,
)
EXTENSION = "e?xt|int|anexo"
"""Words for an extension of a phone number: it goes on behind them."""
_ENDS = "|".join(sorted({word[-3:] for word in _PERSON_WORDS if len(word) > 2}))
_ID_BEFORE = rf"(?i:(?!{_ENDS})[a-z]{{3}}[-_#])"  # most of what `has_id_prefix` tells
_OF_ID = rf"(?i:_|(?!x|{EXTENSION})[a-z])"  # directly behind digits
PHONE_LIKE = re.compile(
    r"\+[ (]{0,2}\d(?:[^\d]{0,4}\d){6}"
    r"|(?<!\d)(?:1[ .\-/]{0,2})?(?:\([2-9]\d{2}\)|[2-9]\d{2})[ .\-/]{0,3}[2-9]\d{2}[ .\-/]{0,3}\d{4}"
    rf"(?!\d|{_OF_ID})"
    rf"|(?<!\d)(?<!{_ID_BEFORE})\(?0(?!\d*{_OF_ID})(?!\.\d+(?![ ().\-/\d]))(?:[ ().\-/]{{0,4}}\d){{8}}"
)
"""What `numbers.refine_phone` could accept, so that dates and amounts do not cost a run of the number parser."""

PHONE = Kind("PHONE_NUMBER", _ANCHORS, _RUN, probe=PHONE_LIKE, margin=(3, 16), refine=refine_phone, doubtful=True)
KINDS = (CARD, SSN, ITIN, PHONE)
