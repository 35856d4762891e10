"""Addresses of machines that people sit at: IPv4, IPv6, MAC."""

import ipaddress
import re

from redaction.recognizers.kind import Anchor, Kind, Span, run_of

_VERSION_BEFORE = re.compile(
    r"(?i)(?:\b(?:version|ver|release|build|firmware)[ :=]{0,3}|"
    r"\b(?:Chrome|Chromium|HeadlessChrome|Edg|Edge|OPR|Safari|Version|Electron|Firefox|Mobile)/)$"
)
_ENDS_VERSION = frozenset("nredNRED/")  # what the expression above ends with: a look at that is enough most often
_SLICE = re.compile(r"\d{0,3}::\d{0,3}")
# As `ipaddress` reads it: no leading zeros, and up to 32 bits of a network.
_IPV4 = re.compile(
    r"(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)\.){3}(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:/(?:3[0-2]|[0-2]?\d))?"
)
_OID = re.compile(r"\d{1,20}(?:\.\d{1,20}){5}")


def refine_ip(text: str, start: int, end: int) -> Span | None:
    """Nobody sits at a loopback address, and a browser's version or an object identifier is no address at all."""
    value = text[start:end]
    if ":" not in value:
        # addresses to leave alone; nothing is bound to them
        if not _IPV4.fullmatch(value) or value.startswith(("127.", "0.0.0.0")) or value == "255.255.255.255":  # noqa: S104
            return None
        before = text[max(0, start - 64) : start]
        if before.rstrip(" :=")[-1:] in _ENDS_VERSION and _VERSION_BEFORE.search(text, max(0, start - 20), start):
            return None
        run_start = start - len(before) + len(before.rstrip("0123456789."))
        return None if _OID.match(text, run_start) else (start, end)
    try:
        address = ipaddress.ip_interface(value).ip
    except ValueError:
        return None
    if (
        address.is_loopback
        or address.is_unspecified
        or not any(char.isdigit() for char in value)
        or _SLICE.fullmatch(value)
    ):
        return None  # `a::b` is C++ or Rust, `1::2` a slice
    return start, end


def refine_mac(text: str, start: int, end: int) -> Span | None:
    """A longer chain of hex pairs is a fingerprint or a dump."""
    if re.match(r"[:-][0-9A-Fa-f]{2}(?![0-9A-Za-z])", text[end : end + 4]):
        return None
    if re.search(r"(?<![0-9A-Za-z])[0-9A-Fa-f]{2}[:-]$", text[max(0, start - 4) : start]):
        return None
    if "." in text[start:end] and text[start:end].replace(".", "").isdigit():
        return None
    return start, end


IP = Kind(
    "IP_ADDRESS",
    (Anchor(r"\d\.\d{1,3}\.\d{1,3}\.\d"), Anchor("::"), Anchor(r"(?:[0-9A-Fa-f]{1,4}:){6}[0-9A-Fa-f:]", lane="runs")),
    run_of(r"0-9A-Fa-f:.%/"),
    margin=(1, 12),
    needs=(":", ":", ".", ":", ":"),  # IPv6 around IPv4 twice, IPv4, IPv6, `::` alone
    probe=re.compile(r"\d\.\d|[0-9A-Fa-f]::|::[0-9A-Fa-f]|(?:[0-9A-Fa-f]{1,4}:){7}"),
    refine=refine_ip,
)
MAC = Kind(
    "MAC_ADDRESS",
    (
        Anchor(r"[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){5}|[0-9A-Fa-f]{2}(?:-[0-9A-Fa-f]{2}){5}"),
        Anchor(r"[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}"),
    ),
    run_of(r"0-9A-Fa-f:.\-"),
    refine=refine_mac,
)
KINDS = (IP, MAC)
