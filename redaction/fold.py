"""Foldings that keep every character at its place, so that offsets found in the folded text hold in the original.

Full-width and other decimal digits, no-break spaces and typographic hyphens become their ASCII look-alikes: a card
number pasted from a PDF is the same card number. Zero-width characters become a hyphen, which every number
recogniser takes for a separator.
"""

import re
import unicodedata

_SPACES = "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
_HYPHENS = "\u00ad\u058a\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\u200b\u200c\u200d\u2060\ufeff"
_LAST_DIGIT = 0x20000  # no digit of any script stands behind it; looking at all there is takes 0.1 s


def _build_table() -> dict[int, str]:
    table = {ord(char): " " for char in _SPACES} | {ord(char): "-" for char in _HYPHENS}
    table |= {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
    for code in range(0x80, _LAST_DIGIT):
        char = chr(code)
        if char.isdecimal():
            table[code] = str(unicodedata.decimal(char))
    return table


_TABLE = _build_table()
_FOLDABLE = frozenset(map(chr, _TABLE))
_FEW = 8
_ASCII = bytes(range(128))
# Scripts written without spaces: Thai to Khmer, Chinese, Japanese, Korean, and their full stops and brackets.
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u11ff\u1780-\u17ff\u2e80-\ua4cf\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]"
)
_ESCAPE = re.compile(r"\\(?:u[0-9a-fA-F]{4}|[nrtbf\"'\\/])")


def _beyond_ascii(text: str) -> str:
    """The characters that are not ASCII. Bytes are left out at 1 ns each; a search for characters takes ten."""
    return text.encode("utf-8", "surrogatepass").translate(None, _ASCII).decode("utf-8", "surrogatepass")


def fold_text(text: str) -> str:
    """The text with look-alikes of ASCII digits, spaces and hyphens replaced by them, one character for one."""
    if text.isascii():
        return text
    found = _FOLDABLE.intersection(_beyond_ascii(text))
    if len(found) > _FEW:
        return text.translate(_TABLE)  # 40 ns a character
    for char in found:  # most often a dash: 0.5 ns a character
        text = text.replace(char, _TABLE[ord(char)])
    return text


def blank_unspaced(text: str) -> str:
    """The text with letters of scripts that put no space between words overwritten by blanks."""
    return text if text.isascii() or not _UNSPACED.search(_beyond_ascii(text)) else _UNSPACED.sub(" ", text)


def blank_neighbours(text: str) -> str:
    """The text with what sticks to values without being part of them overwritten by blanks: the `n` of an escaped
    newline in a JSON text that was cut off, and letters of scripts that put no space between words."""
    text = blank_unspaced(text)
    return text if "\\" not in text else _ESCAPE.sub(lambda match: " " * len(match.group()), text)
