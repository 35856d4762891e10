"""Base64: dropped, kept, or looked into; never passed silently."""

import base64
import json
import zlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from redaction.policy_file import policy_from_mapping
from redaction.recognizers.blobs import decode_text
from redaction.redactor import Redactor
from schema.errors import ConfigError
from tests.redaction.conftest import build_redactor
from tests.redaction.test_parts import VALUES

CLEAN = "The order was delayed. It arrives on Tuesday, says the carrier; nothing else is known about it. " * 3
JSON = json.dumps([{"role": "user", "content": "x"}] * 20)


def encode(content: str | bytes) -> str:
    data = content.encode() if isinstance(content, str) else content
    return base64.b64encode(data).decode()


def wrap(text: str) -> str:
    return "\n".join(text[at : at + 76] for at in range(0, len(text), 76)) + "\n"


@pytest.fixture(scope="module")
def scanning() -> Redactor:
    return build_redactor(policy_from_mapping({"entities": {"BASE64": "scan"}}, "test"))


@pytest.mark.parametrize("form", ["{}", "data:text/plain;base64,{}", '{{"file":"{}"}}', "see {} there"])
@pytest.mark.parametrize("text", [CLEAN, JSON, CLEAN + "größer 日本"])
def test_text_without_a_finding_is_kept(scanning: Redactor, form: str, text: str) -> None:
    blob = form.format(encode(text))
    assert scanning.redact(blob, "t") == (blob, {}, 0)
    assert f"<BASE64_{len(text.encode())}_BYTES>" in build_redactor(policy_from_mapping({}, "t")).redact(blob, "t").text


@pytest.mark.parametrize(
    "content",
    [
        CLEAN + "mail ana@example.com",
        json.dumps([CLEAN, {"password": "swordfish"}]),
        zlib.compress(CLEAN.encode() * 9 + bytes(range(256))) + bytes(range(256)),  # packed: nobody has read it
        b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 2,
        encode(CLEAN + "call +1 212-555-0123"),  # twice
    ],
)
def test_what_holds_a_finding_or_no_text_is_dropped(scanning: Redactor, content: str | bytes) -> None:
    size = len(content)
    assert scanning.redact(encode(content), "t") == (f"<BASE64_{size}_BYTES>", {"BASE64": 1}, 0)
    assert scanning.redact(f"data:a/b;base64,{encode(content)}", "t").text == f"<BASE64_{size}_BYTES>"


def test_lines_and_other_alphabet() -> None:
    text = CLEAN + "ÿÿÿ>>>???"
    assert decode_text(wrap(encode(text))) == text
    assert decode_text(wrap(encode(text)).replace("\n", "\\n")) == text
    assert decode_text(base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")) == text
    for nothing in ("A", encode(b"\x00\x01"), encode(b"\xff\xfe"), "not base64!"):
        assert decode_text(nothing) is None


@given(value=st.sampled_from(sorted(VALUES.values())), at=st.integers(0, len(CLEAN)), lines=st.booleans())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_value_in_a_blob_never_passes(scanning: Redactor, value: str, at: int, lines: bool) -> None:
    blob = encode(f"{CLEAN[:at]} {value} {CLEAN[at:]}")
    result = scanning.redact(wrap(blob) if lines else blob, "t")
    assert result.findings == {"BASE64": 1}
    assert blob[:40] not in result.text


def test_scan_is_for_blobs_alone() -> None:
    for rules in (
        {"entities": {"US_SSN": "scan"}}, {"rules": [{"how": "scan"}]}, {"rules": [{"how": "scan", "what": ["JWT"]}]},
    ):  # fmt: skip
        with pytest.raises(ConfigError, match="scan is for BASE64 alone"):
            policy_from_mapping(rules, "test")
    policy_from_mapping({"rules": [{"how": "scan", "what": "BASE64", "where": {"class": "tools"}}]}, "test")
