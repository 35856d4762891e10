"""The only door to Jinja: templates into answers, everything escaped, nothing loaded from anywhere."""

import re
from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.responses import HTMLResponse, Response

from api.amounts import NOTHING, format_ms, format_usd

_TOKEN = re.compile(r"&lt;[A-Z][A-Z0-9_]*(?:_[a-z0-9]+)?&gt;")
"""What redaction put in the place of a value, escaped."""
_STYLE = files("api.pages").joinpath("templates", "style.css").read_text("utf-8")
_POLICY = "; ".join(
    (
        "default-src 'none'",
        f"style-src 'sha256-{b64encode(sha256(_STYLE.encode()).digest()).decode()}'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": _POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


def render_page(template: str, values: Mapping[str, Any], status: int = 200) -> Response:
    """A page of `templates/`."""
    return HTMLResponse(_pages.get_template(template).render(**values), status, headers=HEADERS)


def mark_tokens(text: str) -> Markup:
    """Escaped text in which the tokens of redacted values stand out."""
    return Markup(_TOKEN.sub(r"<mark>\g<0></mark>", str(escape(text))))  # noqa: S704 - escaped on this line


def format_clock(time: str | None) -> str:
    """An RFC 3339 time to the second, UTC."""
    return time[:19].replace("T", " ") if time else NOTHING


_pages = Environment(
    loader=PackageLoader("api.pages"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)
_pages.filters |= {"tokens": mark_tokens, "usd": format_usd, "ms": format_ms, "clock": format_clock}
_pages.globals["style"] = Markup(_STYLE)  # noqa: S704 - our own file
