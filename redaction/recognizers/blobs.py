"""What is long and unreadable: PEM private keys, data URIs and base64."""

import base64
import re

from redaction.recognizers.kind import Anchor, Kind, Span, whole_text

BASE64 = "BASE64"
_LONG = 256
_SIGN = r"[A-Za-z0-9+/_\-]"
_LONGEST_PEM = 16_384
_BREAK = r"(?:\r?\n|(?:\\r)?\\n)"
_LINES = rf"[A-Za-z0-9+/]{{60,76}}{_BREAK}[A-Za-z0-9+/]{{60,76}}{_BREAK}"
_BREAKS = re.compile(r"\\[rn]|\s")
_CONTROL = re.compile(
    r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]"
)  # no text has these; an escape sequence of a terminal may be in one
_STANDARD = str.maketrans("-_", "+/")
_BEGIN = r"-----BEGIN [A-Z0-9 ]{0,32}PRIVATE KEY(?: BLOCK)?-----"


def pem_window(text: str, position: int) -> Span:
    """From the dashes before BEGIN as far as the largest key reaches."""
    return max(0, position - 80), min(len(text), position + _LONGEST_PEM)


def refine_blob(text: str, start: int, end: int) -> Span | None:
    """Base64 of 192 bytes has capitals, small letters and digits; a table border or a long path has not."""
    value = text[start:end]
    if value.startswith("data:"):
        return start, end
    kinds = (any(map(str.isdigit, value)), any(map(str.islower, value)), any(map(str.isupper, value)))
    return (start, end) if all(kinds) else None


def blob_marker(value: str) -> str:
    """What stands for a blob: how many bytes it was, without which a replay would not show that there was an image."""
    body = value.rpartition(",")[2].rstrip("=")
    return f"<BASE64_{len(body) * 3 // 4}_BYTES>"


def decode_text(value: str) -> str | None:
    """The text that a blob holds; None when it holds none: an image, something packed, or no base64 after all."""
    body = _BREAKS.sub("", value.rpartition(",")[2]).rstrip("=")
    try:
        text = base64.b64decode(body.translate(_STANDARD) + "=" * (-len(body) % 4), validate=True).decode()
    except ValueError:  # binascii.Error and UnicodeDecodeError are both of this kind
        return None
    return None if _CONTROL.search(text) else text


PRIVATE_KEY = Kind(
    "PRIVATE_KEY",
    (Anchor(r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY"),),
    pem_window,
    # A block that was cut off ends where the text stops looking like a key.
    patterns=(
        (
            "pem",
            rf"{_BEGIN}(?:(?:(?!-----).)*-----END [A-Z0-9 ]{{0,32}}PRIVATE KEY(?: BLOCK)?-----"
            r"|[A-Za-z0-9+/=\s\\:,.\-]*)",
            0.99,
        ),
    ),
    whole=False,
)
BLOB = Kind(
    BASE64,
    (
        Anchor(rf"{_SIGN}{{{_LONG},}}(?:[^A-Za-z0-9+/_\-]|$)", lane="blobs", guard=rf"{_SIGN}{{{_LONG}}}"),
        Anchor(r";base64,"),
        Anchor(r"[A-Za-z0-9+/]{60}\r?\n[A-Za-z0-9+/]{60}"),
        Anchor(r"[A-Za-z0-9+/]{60}\\{1,7}[nr]"),
    ),
    whole_text,
    patterns=(
        (
            "base64",
            rf"data:[\w.+\-]{{1,40}}/[\w.+\-]{{1,80}}(?:;[\w=.\-]{{1,80}}){{0,4}};base64,[A-Za-z0-9+/=_\-]*"
            rf"|[A-Za-z0-9+/_\-]{{{_LONG},}}+={{0,2}}"
            # MIME and PEM break it into lines of 64 or 76 characters (RFC 2045, RFC 7468)
            rf"|(?:[A-Za-z0-9+/]{{60,76}}{_BREAK}){{3,}}+[A-Za-z0-9+/]*={{0,2}}",
            0.5,
        ),
    ),
    probe=re.compile(rf";base64,|[A-Za-z0-9+/_\-]{{200}}|{_LINES}"),
    refine=refine_blob,
)
KINDS = (PRIVATE_KEY, BLOB)
