"""Credentials that only their surroundings give away: URLs with a password in them, headers, assignments.

What stands before the value (`\\K`) is kept, so that a replay still shows which header or variable it was.
"""

import re

from redaction.recognizers.kind import Anchor, Kind, Span, run_of

_PASSWORDS = r"passw(?:or)?d|passphrase|passwd|pass_?code|pwd|passwort|contraseña"
_KEYS = (
    r"api[ _\-]?key|access[ _\-]?key|account[ _\-]?key|shared[ _\-]?access[ _\-]?(?:key|signature)|private[ _\-]?key"
    r"|sign(?:ing)?[ _\-]?key|encryption[ _\-]?key|master[ _\-]?key|auth[ _\-]?key|subscription[ _\-]?key|secret"
    r"|(?:access|auth|refresh|id|api|session|bearer|csrf|xsrf|security|personal|bot|app)[ _\-]?token"
)
_TAIL = r"(?:[ _\-]?(?:access[ _\-]?key|key|value|string|text|hash|[0-9]))?"
_SEPARATOR = r"[\"'\\\])]{0,4}[ \t]{0,4}(?:=>|:=|={1,2}|:|%3[Dd]| is )[ \t]{0,4}"
_VALUE = (
    r"\\?(?:\"\K[^\"\r\n\\]{1,512}|'\K[^'\r\n\\]{1,512}|(?:Bearer |Basic |Token )?\K[^\s\"'<>,;&|(){}\[\]\\`]{3,512})"
)
_SEPARATOR_ANCHOR = r"[\"'\\\])]{0,16}(?:[ \t]|\\{1,7}t){0,4}(?:[=:]|%3[Dd]| is )"

_DULL_TEXT = (
    "null none nil true false undefined string str int number boolean object array required optional "
    "missing invalid unset empty redacted hidden masked changeme example placeholder password passwd "
    "secret token key value text incorrect correct wrong expired reset protected field input yes no and "
    "or not the your my"
)
_DULL = frozenset(_DULL_TEXT.split())
_PLACEHOLDER = re.compile(
    r"<[^<>]*>|\$\{.*\}|\$\(.*\)|\$[A-Z_][A-Z0-9_]*|\{.*\}|%\(\w+\)s|%s|%[A-Z_]+%|\[[^\]]*\]|\*+|[xX.•_\-]+"
    r"|(?i:your|my|insert|enter)[_\- ].*|.*\.\.\."
)
_NUMBER = re.compile(r"-?\d{1,7}|-?\d+\.\d+(?:e-?\d+)?")
_PAIR = re.compile(r"\w+=")
_CODE = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+")
_SECRET_KEY = re.compile(
    rf"(?i)(?:(?P<password>{_PASSWORDS})|{_KEYS}|(?:^|[.\-])token|credentials?|authorization|cookie){_TAIL}$"
)
_PAGE_TOKEN = re.compile(r"(?i)(?:page|next|continuation|sync|cancel\w*|resume)[ _\-]?token$")
_HEADER_KEY = re.compile(r"(?i)(?:authorization|cookie)$")
_SCHEME = re.compile(r"(?i)(?:Bearer|Basic|Token|ApiKey|Digest)\s+")


def is_placeholder(value: str) -> bool:
    """True for what stands where a secret would: `null`, `${VAR}`, `<PASSWORD_…>`, `****`, `your-key-here`."""
    return value.casefold() in _DULL or _PLACEHOLDER.fullmatch(value) is not None


def looks_random(value: str) -> bool:
    """True for what a person would not write as the next word of a sentence."""
    word = value.rstrip(".!?:")
    return not word.isalpha() or not (word.islower() or word.istitle() or word.isupper())


def refine_assignment(text: str, start: int, end: int) -> Span | None:
    """Drops placeholders, code that fetches the secret from elsewhere, and the next word of a sentence."""
    value = text[start:end]
    quoted = text[start - 1 : start] in ("'", '"')
    if is_placeholder(value) or re.fullmatch(r"\d+\.\d+", value):
        return None
    if quoted:
        return start, end
    if text[end : end + 1] in ("(", "[") or _CODE.fullmatch(value) or value.startswith(("/", "./", "http")):
        return None
    if text[start - 1 : start] == " " and _PAIR.match(value):
        return None  # a log line: `billing.password: retries=3`
    tight = text[start - 1 : start] in ("=", ":", "D", "d") or text[start - 2 : start] == "= "
    return (start, end) if tight or looks_random(value) else None


def refine_header(text: str, start: int, end: int) -> Span | None:
    """Drops placeholders and what is a word rather than a credential."""
    value = text[start:end]
    if is_placeholder(value) or not (looks_random(value) or len(value) > 24):
        return None
    return start, end


def refine_userinfo(text: str, start: int, end: int) -> Span | None:
    """Drops templates such as `://user:${PASSWORD}@`."""
    password = text[start:end].partition(":")[2]
    return None if re.match(r"<.*|\$\{|\{|\*+$", password) else (start, end)


def secret_entity(key: str) -> str | None:
    """What a value under this key is, if the key speaks of a secret: PASSWORD, SECRET, AUTH_HEADER or None."""
    match = _SECRET_KEY.search(key)
    if match is None or _PAGE_TOKEN.search(key):
        return None
    if _HEADER_KEY.search(key):
        return "AUTH_HEADER"
    return "PASSWORD" if match.group("password") else "SECRET"


def secret_span(entity: str, value: str) -> Span | None:
    """Which part of a value under a secret's key must go: all but the scheme; None for a placeholder, and for a
    small number under a key that is not a password (`time_to_first_id_token` is a measure)."""
    if entity != "PASSWORD" and _NUMBER.fullmatch(value):
        return None
    scheme = _SCHEME.match(value)
    start = scheme.end() if scheme else 0
    return None if len(value) <= start or is_placeholder(value[start:].strip()) else (start, len(value))


_NEAR = run_of(r"^\r\n", 160, 700)

CONNECTION_STRING = Kind(
    "CONNECTION_STRING",
    (Anchor(r"://[^\s\"'<>/?#]*:[^\s\"'<>]*@"),),
    run_of(r"^\s\"'<>", 600, 2),
    patterns=(
        (
            "user and password",
            r"(?<![A-Za-z0-9])[A-Za-z][A-Za-z0-9+.\-]{0,30}://\K[^\s\"'<>/?#@:]*:[^\s\"'<>/]+(?=@)",
            0.9,
        ),
        (
            "database with a slash in the password",
            r"(?i)\b(?:postgres(?:ql)?|mysql|mariadb|mongodb|redis|rediss|amqps?|mssql|clickhouse|kafka)(?:\+\w+)?://"
            r"\K[^\s\"'<>/?#@:]*:[^\s\"'<>@]+(?=@)",
            0.9,
        ),
    ),
    refine=refine_userinfo,
    whole=False,
)
AUTH_HEADER = Kind(
    "AUTH_HEADER",
    (
        Anchor(rf"(?:authorization|cookie){_SEPARATOR_ANCHOR}", caseless=True),
        Anchor(r"(?:bearer|basic)[ \t]{1,4}[A-Za-z0-9._~+/=\-]{8}[^A-Za-z]", caseless=True),
        Anchor(r"(?:bearer|basic)[ \t]{1,4}[A-Za-z0-9._~+/=\-]{16}", caseless=True),
    ),
    _NEAR,
    patterns=(
        (
            "authorization",
            rf"authorization{_SEPARATOR}[\"']?(?:(?:Bearer|Basic|Token|Digest|ApiKey|AWS4-HMAC-SHA256)\s+)?"
            r"\K[^\s\"'\\<>]{6,}(?:, ?[A-Za-z]+=[^\s\"'\\<>]+)*",
            0.9,
        ),
        (
            "bearer",
            r"(?<![A-Za-z0-9])(?:bearer|basic)[ \t]{1,4}\K(?=[A-Za-z._~+/=\-]*\d|\S{24})[A-Za-z0-9._~+/=\-]{8,}",
            0.8,
        ),
        ("cookie", rf"cookie2?{_SEPARATOR}[\"']?\K[^\s=;\"'<>]{{1,128}}=[^\r\n\"'<>]{{3,}}", 0.8),
    ),
    refine=refine_header,
    ignore_case=True,
    whole=False,
)
PASSWORD = Kind(
    "PASSWORD",
    (Anchor(rf"(?:{_PASSWORDS}){_TAIL}{_SEPARATOR_ANCHOR}", caseless=True),),
    _NEAR,
    patterns=(("assignment", rf"(?:{_PASSWORDS}){_TAIL}{_SEPARATOR}{_VALUE}", 0.7),),
    refine=refine_assignment,
    ignore_case=True,
    whole=False,
)
SECRET = Kind(
    "SECRET",
    (Anchor(rf"(?:{_KEYS}){_TAIL}{_SEPARATOR_ANCHOR}", caseless=True), Anchor(r"[?&]token=", caseless=True)),
    _NEAR,
    patterns=(("assignment", rf"(?:(?:{_KEYS}){_TAIL}|[?&]token){_SEPARATOR}{_VALUE}", 0.6),),
    refine=refine_assignment,
    ignore_case=True,
    whole=False,
)
KINDS = (CONNECTION_STRING, AUTH_HEADER, PASSWORD, SECRET)
