"""Names of persons: by the words around them (greetings, signatures, headers, labels, titles), and by two neighbouring
words of which one is a known first name and the next a known last name.

A single known first name in running text is left alone: as many of them are cities, products and words.
"""

# ruff: noqa: E501
import re
from collections.abc import Iterator

import regex  # type: ignore[import-untyped]

from redaction.recognizers.gazetteer import is_first, is_last, is_ordinary
from redaction.recognizers.kind import Anchor, Kind, Span, around

_REACH = 100
_W = r"\p{Lu}[\p{L}\p{M}'\u2019]*(?:-\p{Lu}[\p{L}\p{M}'\u2019]+)*"
_LINK = r"(?:(?:d[aeio]s?|del|della|van|von|der|den|ten|ter|bin|al|el|la|le|y|zu)[ ]|d[\u2019'])*"
_INITIAL = r"(?:\p{Lu}\.[ ]?)"
NAME = rf"{_W}(?:[ ](?:{_INITIAL})*{_LINK}{_W}){{0,3}}"
_FULL = rf"{_W}(?:[ ](?:{_INITIAL})*{_LINK}{_W}){{1,3}}"
_ANY_CASE = r"[\p{L}'\u2019\-]{2,24}(?:[ ][\p{L}'\u2019\-]{2,24}){1,2}"
_TITLE = (
    r"(?:Mr|Mrs|Ms|Mx|Dr|Prof|Herrn?|Frau|Mme|Mlle|Madame|Monsieur|Señor|Señora|Sra?|Sig|Signora|Dott|Dña|Don|Doña)"
)
_GREETING = (
    r"Dear|Hi|Hello|Hey|Hallo|Hola|Bonjour|Ciao|Olá|Moin|Liebe[rs]?|Sehr geehrte[rs]?|Ch(?:e|è)re?|Estimad[oa]|Querid[oa]"
    r"|Gentile|Prezad[oa]|Caro|Cara|Beste|Geachte"
)
_CLOSING = (
    r"(?:(?:Best|Kind|Warm|Many)[ ])?(?:[Rr]egards|[Ww]ishes)|Sincerely|Yours(?: sincerely| truly| faithfully)?|Thanks(?: again"
    r"| so much)?|Thank you|Many thanks|Cheers|Best|Mit freundlichen Grüßen|Freundliche Grüße|Viele Grüße|Beste Grüße|Gruß|MfG"
    r"|Cordialement|Bien à vous|Saludos|Atentamente|Un saludo|Cordiali saluti|Distinti saluti|Atenciosamente|Obrigad[oa]"
    r"|Met vriendelijke groet|Groeten|Pozdrawiam|Med vänlig hälsning|Signed"
)
_LABEL = (
    r"(?:(?:full|first|last|given|family|customer|client|user|guest|patient|passenger|employee|contact|recipient"
    r"|sender|card ?holder|account holder|applicant|caller|tenant|buyer|seller|legal|middle|maiden)"
    r"[ _\-]?names?|surname|customer|client|patient|passenger|cardholder|card holder|account holder|recipient"
    r"|applicant|caller|attendee|attn|ship to|bill to|sold to|signed by|approved by|employee|contact person)"
)
# What stands in a header's angle brackets: an address, or the token of one. A token alone has brackets of its own,
# and must not make a name of the words before it: redacting twice changes nothing.
_MAILBOX = r"(?:[\w.+\-]{1,64}@|<[A-Z_]{1,40}_)"
_NEXT_WORD = r"(?![\p{L}\p{N}_@(])"

_GREETING_WORDS = (
    "dear",
    "hi ",
    "hello",
    "hey",
    "hallo",
    "hola",
    "bonjour",
    "ciao",
    "olá",
    "moin",
    "liebe",
    "geehrte",
    "ch",
    "estimad",
    "querid",
    "gentile",
    "prezad",
    "car",
    "beste",
    "geachte",
)
_TITLE_WORDS = (
    "mr",
    "ms",
    "mx",
    "dr",
    "prof",
    "herr",
    "frau",
    "mme",
    "mlle",
    "mad",
    "mons",
    "se",
    "sr",
    "sig",
    "dott",
    "d",
)
_CONTEXTS: tuple[tuple[regex.Pattern[str], float, bool, tuple[str, ...]], ...] = tuple(
    (regex.compile(expression), score, full, triggers)
    for expression, score, full, triggers in (
        # "My name is Ana", in any case
        (rf"(?i:\b(?:my|her|his|the customer'?s|customer|full) name(?: is|'s|:)) \K{NAME}{_NEXT_WORD}", 0.85, False, ("name",)),
        (rf"(?i:\bmy name(?: is|'s)) \K{_ANY_CASE}(?=[.,;!?\n]|$| and | from | i )", 0.6, True, ("my name",)),
        (rf"\b(?i:ich heiße|mein Name ist|je m'appelle|me llamo|mi nombre es|mi chiamo|meu nome é) \K{NAME}", 0.85, False, ("hei", "mein name", "m'appelle", "llamo", "nombre es", "mi chiamo", "meu nome")),
        (rf"(?i:\b(?:this is|i am|i'm|speaking with|spoke (?:to|with)|on behalf of)) \K{_FULL}{_NEXT_WORD}", 0.6, True, ("this is", "i am", "i'm", "speaking with", "spoke", "behalf")),
        # "Dear Ms Silva,"
        (rf"\b(?:{_GREETING}) (?:{_TITLE}\.? )?\K{NAME}(?=[,!.:;?\n]|\\n|$| -| \u2013)", 0.8, False, _GREETING_WORDS),
        (rf"(?<![\p{{L}}\p{{N}}])(?:{_TITLE})\.? \K{NAME}{_NEXT_WORD}", 0.7, False, _TITLE_WORDS),
        # the line under "Best regards,"
        (rf"(?:^|(?<=[\n.!?] ?))(?:{_CLOSING})[,.!]?[ \t]*(?:\r?\n[ \t]*){{1,3}}(?:[-\u2013\u2014]+ ?)?\K{NAME}(?=[ \t]*(?:[\r\n,|]|$))",
         0.8, False, ("\n", "\r")),
        (rf"(?:{_CLOSING}),[ ]\K{_FULL}(?=[ \t]*(?:[.\r\n]|$))", 0.6, True, (",",)),
        # From: Ana Silva <ana@example.com>
        (rf"(?<![\p{{L}}\p{{N}}])\"?\K{_FULL}(?=\"? <{_MAILBOX})", 0.85, False, (" <",)),
        (rf"(?:^|(?<=\n))(?:From|To|Cc|Bcc|Sender|Reply-To): ?\"?\K{_FULL}(?=\"?[ \t]*(?:[<\r\n,(\[]|$))", 0.7, False, ("from:", "to:", "cc:", "sender:")),
        # Customer: Ana Silva; customer_name=Ana Silva; "name": "Ana Silva"
        (rf"(?i:(?<![\p{{L}}\p{{N}}]){_LABEL})[\"']?[ ]{{0,2}}[:=][ ]{{0,2}}[\"']?\K{_FULL}{_NEXT_WORD}", 0.7, True, (":", "=")),
        (rf"(?i:(?<![\p{{L}}\p{{N}}])(?:first|last|given|family|sur)[ _\-]?name)[\"']?[ ]{{0,2}}[:=][ ]{{0,2}}[\"']?\K{NAME}",
         0.7, False, ("name",)),
    )
)  # fmt: skip
_SEQUENCE = regex.compile(rf"(?<![\p{{L}}\p{{N}}_@./\\\-]){_W}(?:[ ](?:{_INITIAL})*{_LINK}{_W}){{1,5}}")
_PART = regex.compile(rf"(?:{_INITIAL})*{_LINK}({_W})")
_NOBODY_TEXT = (
    "sir madam team all everyone everybody customer customers support there world friend friends "
    "colleague colleagues user users client clients sirs hiring manager guest member members subscriber "
    "both folks guys again you damen und herren kunde kundin client monsieur madame señor señora cliente "
    "agent assistant bot admin administrator system "
)
_NOBODY = frozenset(_NOBODY_TEXT.split())

_OWNERS = (
    r"(?:first|last|full|given|family|middle|maiden|legal|customer|client|patient|passenger|guest|employee|contact|recipient"
    r"|sender|card_?-?holder|account_?-?holder|applicant|caller|buyer|seller|author|attendee|person|billing|shipping)"
)
NAME_KEY = re.compile(
    rf"(?i)(?:^|[._\-\[\]]){_OWNERS}[_\- .]?(?:full[_\- ]?)?names?$"
    r"|(?:^|[._\-])(?:surname|cardholder|account_?holder|attendees?|passengers?)$"
    r"|[a-z](?:First|Last|Full|Given|Family|Customer|Contact|Recipient)Name$"
)
_NAME_VALUE = regex.compile(rf"[\p{{L}}\p{{M}}.'\u2019\- ]{{2,60}}|{_W}, {_W}")
_CODE_LIKE = re.compile(r"[_/\\{}$<>:]|[a-z][A-Z].*[a-z][A-Z]|^[a-z]+(?:-[a-z]+)+$")


def name_span(value: str) -> Span | None:
    """A value under a name's key: all of it, unless it is no name (a placeholder, an identifier, a sentence)."""
    text = value.strip()
    if not _NAME_VALUE.fullmatch(text) or _CODE_LIKE.search(text) or len(text.split()) > 5:
        return None
    folded = text.casefold()
    if folded in ("none", "null", "unknown", "n/a", "na", "string", "name", "test", "anonymous") or folded in _NOBODY:
        return None
    start = value.index(text)
    return start, start + len(text)


def find_names(text: str) -> list[tuple[int, int, float]]:
    """Names as (start, end, score)."""
    found = [*_find_in_contexts(text), *_find_known(text)]
    return sorted(set(found))


def _find_in_contexts(text: str) -> Iterator[tuple[int, int, float]]:
    lower = text.lower()
    for expression, score, full, triggers in _CONTEXTS:
        if not any(
            trigger in lower for trigger in triggers
        ):  # most of the time goes into expressions that find nothing
            continue
        for match in expression.finditer(text):
            words = match.group().split()
            if not words or words[0].casefold() in _NOBODY or any(word.casefold() in _TITLE_CASE for word in words):
                continue
            unknown = full and not any(is_first(word) or is_last(word) for word in words)
            if unknown and (score < 0.7 or len(words) < 2 or all(map(is_ordinary, words))):
                continue
            yield match.start(), match.end(), score


_TITLE_CASE_TEXT = (
    "order orders account support service services customer refund payment team inc ltd llc gmbh corp "
    "group bank card policy agent status report system manager department office center centre store shop "
)
_TITLE_CASE = frozenset(_TITLE_CASE_TEXT.split())


def _find_known(text: str) -> Iterator[tuple[int, int, float]]:
    """Runs of capitalised words with a first name beside a last name in them."""
    for match in _SEQUENCE.finditer(text):
        parts = list(_PART.finditer(text, *match.span()))
        number = 0
        while number < len(parts) - 1:
            if not _is_pair(parts[number].group(1), parts[number + 1].group(1)):
                number += 1
                continue
            last = number + 1
            while (
                last + 1 < len(parts)
                and is_last(parts[last + 1].group(1))
                and not is_ordinary(parts[last + 1].group(1))
            ):
                last += 1
            yield parts[number].start(1), parts[last].end(), 0.75
            number = last + 1


def _is_pair(first: str, last: str) -> bool:
    return (is_first(first) and is_last(last) and not (is_ordinary(first) or is_ordinary(last))) or (
        is_first(first) and is_last(last) and is_ordinary(first) != is_ordinary(last) and not is_first(last)
    )


_BREAKS = re.compile(r"[^\w'\u2019.\-]+")
_AROUND = re.compile(r"[^\W\d_][\w'\u2019\-]*")


def name_window(text: str, position: int) -> Span:
    """The text around a hit, cut where there is a blank. A hit on two capitalised words counts only when both can be
    names: that is most of all hits, and looking them up is cheap."""
    if position >= 3 and text[position - 3] == " " and text[position - 2].isupper() and text[position - 1].islower():
        word = _AROUND.match(text, position - 2)
        if word is not None and not is_last(word.group()):
            return position, position
        before = _BREAKS.split(text[max(0, position - 40) : position - 3])[-1]
        if len(before) > 2 and before[0].isupper() and not is_first(before):
            return position, position
    return around(text, position, _REACH)


_UP = r"[A-Z\xc3-\xc5]"
_LOW = r"[a-z'\x80-\xff]"
PERSON = Kind(
    "PERSON",
    (
        Anchor(rf"{_UP}{_LOW}[A-Za-z'\-\x80-\xff]{{0,20}} (?:[A-Z]\. ?)?{_UP}{_LOW}", lane="capitals"),
        Anchor(
            rf"{_UP}{_LOW}[A-Za-z'\-\x80-\xff]{{0,20}} (?:[A-Z]\. ?)?(?:[a-z]{{1,5}}[ ']){{1,2}}{_UP}{_LOW}",
            lane="capitals",
        ),
        Anchor(r"name(?: is|'s|:) [A-Za-z\xc3-\xc5]", caseless=True),
        Anchor(
            r"(?:ich hei\xc3\x9fe|mein name ist|m'appelle|me llamo|nombre es|mi chiamo|meu nome \xc3\xa9) ",
            caseless=True,
        ),
        Anchor(rf"(?:{_GREETING}) {_UP}"),
        Anchor(r"(?:this is|i am|i'm|speaking with|spoke (?:to|with)|behalf of) [a-z\xc3-\xc5]", caseless=True),
        Anchor(rf"[A-Za-z\x80-\xff]\\?\"? <{_MAILBOX}"),
        Anchor(rf"(?:{_TITLE})\.? {_UP}"),
        Anchor(rf"(?:{_CLOSING})[,.!]?(?:\s|\\[nrt]){{1,8}}(?:-{{1,2}}|\xe2\x80[\x93\x94])? ?{_UP}"),
        Anchor(rf"(?:From|To|Cc|Bcc|Sender|Reply-To): ?\\?\"?{_UP}"),
        Anchor(rf"{_LABEL}\\?[\"']?[ ]{{0,2}}[:=][ ]{{0,2}}\\?[\"']?[a-z\xc3-\xc5]", caseless=True),
        Anchor(
            rf"(?:cardholder|account_?holder|attendees?|passengers?|surname|{_OWNERS}[_\- .]?(?:full[_\- ]?)?names?)\\?[\"']?[ \t]{{0,4}}[:=]",
            caseless=True,
        ),
    ),
    name_window,
    find=find_names,
    whole=False,
)
KINDS = (PERSON,)
