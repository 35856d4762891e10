"""Names of persons by the words around them: greetings, signatures, headers, labels, titles.

One kind per way of telling, each with its anchor beside it. Names known from lists are in `name_pairs.py`, keys that
give their values away in `name_keys.py`.
"""

import re
from collections.abc import Iterator
from functools import partial

import regex  # type: ignore[import-untyped]  # it comes without type stubs

from redaction.recognizers.gazetteer import is_first, is_last, is_ordinary
from redaction.recognizers.kind import BREAK, QUOTE, Anchor, Kind, Span, around

REACH = 100
UP = r"[A-Z\xc3-\xc5\xc8]"  # the first byte of a Latin capital in UTF-8
WORD = r"\p{Lu}[\p{L}\p{M}'\u2019]*(?:-\p{Lu}[\p{L}\p{M}'\u2019]+)*"
LINK = r"(?:(?:d[aeio]s?|del|della|van|von|der|den|ten|ter|bin|al|el|la|le|y|zu)[ ]|d[\u2019'])*"
INITIAL = r"(?:\p{Lu}\.[ ]?)"
NAME = rf"{WORD}(?:[ ](?:{INITIAL})*{LINK}{WORD}){{0,3}}"
FULL = rf"{WORD}(?:[ ](?:{INITIAL})*{LINK}{WORD}){{1,3}}"
_ANY_CASE = r"[\p{L}'\u2019\-]{2,24}(?:[ ][\p{L}'\u2019\-]{2,24}){1,2}"
_TITLE = (
    r"(?:Mr|Mrs|Ms|Mx|Dr|Prof|Herrn?|Frau|Mme|Mlle|Madame|Monsieur|Señor|Señora|Sra?|Sig|Signora|Dott|Dña|Don|Doña)"
)
_GREETING = (
    r"(?:Dear|Hi|Hello|Hey|Hallo|Hola|Bonjour|Ciao|Olá|Moin|Liebe[rs]?|Sehr geehrte[rs]?|Ch(?:e|è)re?|Estimad[oa]"
    r"|Querid[oa]|Gentile|Prezad[oa]|Caro|Cara|Beste|Geachte)"
)
_CLOSING = (
    r"(?:(?:(?:Best|Kind|Warm|Many)[ ])?(?:[Rr]egards|[Ww]ishes)|Sincerely|Yours(?: sincerely| truly| faithfully)?"
    r"|Thanks(?: again| so much)?|Thank you|Many thanks|Cheers|Best|Mit freundlichen Grüßen|Freundliche Grüße"
    r"|Viele Grüße|Beste Grüße|Gruß|MfG|Cordialement|Bien à vous|Saludos|Atentamente|Un saludo|Cordiali saluti"
    r"|Distinti saluti|Atenciosamente|Obrigad[oa]|Met vriendelijke groet|Groeten|Pozdrawiam|Med vänlig hälsning|Signed)"
)
_LABEL = (
    r"(?:(?:full|first|last|given|family|customer|client|user|guest|patient|passenger|employee|contact|recipient"
    r"|sender|card ?holder|account holder|applicant|caller|tenant|buyer|seller|legal|middle|maiden)"
    r"[ _\-]?names?|surname|customer|client|patient|passenger|cardholder|card holder|account holder|recipient"
    r"|applicant|caller|attendee|attn|ship to|bill to|sold to|signed by|approved by|employee|contact person)"
)
_IS = r"[ ]{0,2}[:=][ ]{0,2}"
# Behind a label: two words, the first with a capital, where most often a word or a number stands.
_TWO_NAMES = re.compile(r"[:=][ ]{0,2}\\{0,7}[\"']?[A-Z\x80-\U0010ffff]\S* ")
# What stands in a header's angle brackets: an address, or the token of one. A token alone has brackets of its own,
# and must not make a name of the words before it: redacting twice changes nothing.
_MAILBOX = r"(?:[\w.+\-]{1,64}@|<[A-Z_]{1,40}_)"
_START = r"(?<![\p{L}\p{N}])"
_END = r"(?![\p{L}\p{N}_@(])"

_NOBODY_TEXT = (
    "sir madam team all everyone everybody customer customers support there world friend friends "
    "colleague colleagues user users client clients sirs hiring manager guest member members subscriber "
    "both folks guys again you damen und herren kunde kundin client monsieur madame señor señora cliente "
    "agent assistant bot admin administrator system "
)
NOBODY = frozenset(_NOBODY_TEXT.split())
_TITLE_CASE_TEXT = (
    "order orders account support service services customer refund payment team inc ltd llc gmbh corp "
    "group bank card policy agent status report system manager department office center centre store shop "
)
_TITLE_CASE = frozenset(_TITLE_CASE_TEXT.split())


def name_window(text: str, position: int) -> Span:
    """The text around a hit, cut where there is a blank."""
    return around(text, position, REACH)


def _find(expression: "regex.Pattern[str]", score: float, full: bool, text: str) -> Iterator[tuple[int, int, float]]:
    """What the expression takes for a name. `full`: a word of it must be in the lists, or most of it unusual."""
    for match in expression.finditer(text):
        words = match.group().split()
        if not words or words[0].casefold() in NOBODY or any(word.casefold() in _TITLE_CASE for word in words):
            continue
        unknown = full and not any(is_first(word) or is_last(word) for word in words)
        if unknown and (score < 0.7 or len(words) < 2 or all(map(is_ordinary, words))):
            continue
        yield match.start(), match.end(), score


def _tell_by(
    anchor: str,
    expression: str,
    score: float,
    full: bool = False,
    caseless: bool = False,
    probe: re.Pattern[str] | None = None,
) -> Kind:
    find = partial(_find, regex.compile(expression), score, full)
    return Kind(
        "PERSON",
        (Anchor(anchor, caseless),),
        name_window,
        find=lambda text: list(find(text)),
        probe=probe,
        doubtful=probe is not None,
        whole=False,
    )


KINDS = (
    # "My name is Ana", and in any case
    _tell_by(
        rf"name(?: is|'s|:) {UP}",
        rf"(?i:\b(?:my|her|his|the customer'?s|customer|full) name(?: is|'s|:)) \K{NAME}{_END}",
        0.85,
        caseless=True,
    ),
    _tell_by(
        r"my name(?: is|'s) [a-z'\-\x80-\xff]",
        rf"(?i:\bmy name(?: is|'s)) \K{_ANY_CASE}(?=[.,;!?\n]|$| and | from | i )",
        0.6,
        full=True,
        caseless=True,
    ),
    _tell_by(
        r"(?:ich heiße|mein name ist|m'appelle|me llamo|nombre es|mi chiamo|meu nome é) ",
        rf"\b(?i:ich heiße|mein Name ist|je m'appelle|me llamo|mi nombre es|mi chiamo|meu nome é) \K{NAME}",
        0.85,
        caseless=True,
    ),
    _tell_by(
        r"(?:this is|i am|i'm|speaking with|spoke (?:to|with)|behalf of) [a-z\xc3-\xc5\xc8]",
        rf"(?i:\b(?:this is|i am|i'm|speaking with|spoke (?:to|with)|on behalf of)) \K{FULL}{_END}",
        0.6,
        full=True,
        caseless=True,
    ),
    # "Dear Ms Silva,"
    _tell_by(
        rf"{_GREETING} {UP}",
        rf"\b{_GREETING} (?:{_TITLE}\.? )?\K{NAME}(?=[,!.:;?\n]|\\n|$| -| \u2013)",
        0.8,
    ),
    _tell_by(rf"{_TITLE}\.? {UP}", rf"{_START}{_TITLE}\.? \K{NAME}{_END}", 0.7),
    # the line under "Best regards,", and the same line
    _tell_by(
        rf"{_CLOSING}[,.!]?[ \t]*{BREAK}",
        rf"(?:^|(?<=[\n.!?] ?)){_CLOSING}[,.!]?[ \t]*(?:\r?\n[ \t]*){{1,3}}(?:[-\u2013\u2014]+ ?)?"
        rf"\K{NAME}(?=[ \t]*(?:[\r\n,|]|$))",
        0.8,
    ),
    _tell_by(rf"{_CLOSING}, {UP}", rf"{_CLOSING},[ ]\K{FULL}(?=[ \t]*(?:[.\r\n]|$))", 0.6, full=True),
    # From: Ana Silva <ana@example.com>
    _tell_by(rf"[A-Za-z'\x80-\xff]{QUOTE} <{_MAILBOX}", rf"{_START}\"?\K{FULL}(?=\"? <{_MAILBOX})", 0.85),
    _tell_by(
        rf"(?:From|To|Cc|Bcc|Sender|Reply-To): ?{QUOTE}{UP}",
        rf"(?:^|(?<=\n))(?:From|To|Cc|Bcc|Sender|Reply-To): ?\"?\K{FULL}(?=\"?[ \t]*(?:[<\r\n,(\[]|$))",
        0.7,
    ),
    # Customer: Ana Silva; customer_name=Ana Silva; "name": "Ana Silva"
    _tell_by(
        rf"{_LABEL}{QUOTE}{_IS}{QUOTE}[a-z\xc3-\xc5\xc8]",
        rf"(?i:{_START}{_LABEL})[\"']?{_IS}[\"']?\K{FULL}{_END}",
        0.7,
        full=True,
        caseless=True,
        probe=_TWO_NAMES,
    ),
    _tell_by(
        rf"(?:first|last|given|family|sur)[ _\-]?name{QUOTE}{_IS}{QUOTE}[a-z\xc3-\xc5\xc8]",
        rf"(?i:{_START}(?:first|last|given|family|sur)[ _\-]?name)[\"']?{_IS}[\"']?\K{NAME}",
        0.7,
        caseless=True,
    ),
)
