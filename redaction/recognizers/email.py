"""E-mail addresses: Presidio's recogniser, with the local part cut to what a mailbox name looks like."""

import re

from redaction.recognizers.kind import Anchor, Kind, Span, run_of

_SIGNS = re.compile(r"[=/?{}|`&*#!$^~]")
_USERINFO_BEFORE = re.compile(r"://[^\s/@\"'<>]*:$")
_LIKE_ADDRESSES = frozenset({"git@github.com", "git@gitlab.com", "git@bitbucket.org", "git@ssh.dev.azure.com"})


def refine_email(text: str, start: int, end: int) -> Span | None:
    """Presidio takes `user=bob@x.org` whole (RFC 5322 allows `=`): cut after the last such sign, so that the same
    mailbox gives the same token wherever it stands. Login names of code forges are nobody's address."""
    value = text[start:end]
    local = value.rpartition("@")[0] or value
    signs = list(_SIGNS.finditer(local))
    if signs and signs[-1].end() < len(local):
        start += signs[-1].end()
    while start < end and text[start] in "'-%.+":
        start += 1
    if text[start - 1 : start] == ":" and _USERINFO_BEFORE.search(text, max(0, start - 80), start):
        return None  # the password and host of a URL: a connection string
    return None if text[start:end].casefold() in _LIKE_ADDRESSES else (start, end)


# 64 + 1 + 255 characters are the longest address (RFC 5321 section 4.5.3.1); what no address holds ends the window.
EMAIL = Kind(
    "EMAIL_ADDRESS",
    (Anchor(r"@[\w\x80-\xff]"), Anchor(r"%40\w")),
    run_of(r"^\s\"(),:;<>\[\\\]", 400, 400),
    refine=refine_email,
    needs=("@", "%40"),
    whole=False,
)
KINDS = (EMAIL,)
