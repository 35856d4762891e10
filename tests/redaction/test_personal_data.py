"""Hits and near-misses of the kinds of personal data. Numbers are test numbers of their issuers or worked by hand."""

import pytest

from redaction.redactor import Redactor

HITS = [
    ("EMAIL_ADDRESS", "ana@example.com"),
    ("EMAIL_ADDRESS", "o'connor.b+x@mail.example.co.uk"),
    ("EMAIL_ADDRESS", "bob@corp.internal"),
    ("EMAIL_ADDRESS", "bob%40example.com"),
    ("PHONE_NUMBER", "+1 212-555-0123"),
    ("PHONE_NUMBER", "(212) 555-0123"),
    ("PHONE_NUMBER", "212-555-0123"),
    ("PHONE_NUMBER", "+12125550123"),
    ("PHONE_NUMBER", "+44 20 7946 0123"),
    ("PHONE_NUMBER", "020 7946 0123"),
    ("PHONE_NUMBER", "+49 30 901820"),
    ("PHONE_NUMBER", "2125550123"),
    ("CREDIT_CARD", "4111 1111 1111 1111"),
    ("CREDIT_CARD", "5555555555554444"),
    ("CREDIT_CARD", "378282246310005"),
    ("CREDIT_CARD", "2223003122003222"),  # Mastercard 2-series
    ("CREDIT_CARD", "4242-4242-4242-4242"),
    ("CREDIT_CARD", "4242\u20114242\u20114242\u20114242"),  # no-break hyphens, as PDFs have them
    ("US_SSN", "219-09-9999"),
    ("US_SSN", "123-45-6789"),
    ("IBAN_CODE", "DE89370400440532013000"),
    ("IBAN_CODE", "DE89 3704 0044 0532 0130 00"),
    ("IBAN_CODE", "GB82 WEST 1234 5698 7654 32"),
    ("IBAN_CODE", "be68 5390 0754 7034"),
    ("IP_ADDRESS", "10.222.216.143"),
    ("IP_ADDRESS", "203.0.113.7"),
    ("IP_ADDRESS", "2001:db8:1f:2::3"),
    ("MAC_ADDRESS", "00:1A:2B:3C:4D:5E"),
    ("CRYPTO", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"),  # the genesis block's address
]
FRAMES = [
    "{}",
    "see {} today",
    "\n- value: {}\n",
    "<{}>",
    '"{}"',
    "({}),",
    "Zoë: {}.",
    "user={} result=ok",
    "日本語{}日本語",
]


@pytest.mark.parametrize(("entity", "value"), HITS)
def test_redact_hit_in_every_frame(redactor: Redactor, entity: str, value: str) -> None:
    for frame in FRAMES:
        result = redactor.redact(frame.format(value), "t")
        assert value not in result.text, frame
        assert result.findings == {entity: 1}, frame
        assert result.failed == 0


def test_iban_before_capitals_is_found(redactor: Redactor) -> None:
    assert redactor.redact("BE68539007547034 HAVE BEEN CHARGED", "t").findings == {"IBAN_CODE": 1}


def test_ssn_without_dashes_needs_a_word(redactor: Redactor) -> None:
    assert redactor.redact("her SSN: 219 09 9999", "t").findings == {"US_SSN": 1}
    assert redactor.redact("GET 200 12 1048 bytes", "t").findings == {}


MISSES = [
    "550e8400-e29b-41d4-a716-446655440000",
    "12345678-1234-4123-8123-123456789012",
    "21255501-2345-4212-8555-012321255501",
    "4bf92f3577b34da6a3ce929d0e0e4736",
    "00f067aa0ba902b7",
    "2026-11-01T08:00:00Z",
    "2026-11-01 08:00:00.123456",
    "08-01-2026 12:33",
    "1730803200",
    "1730803200123",
    "1730803200123456",
    "1730803200123456789",
    "v1.2.3.4",
    "version 1.2.3.4",
    "Mozilla/5.0 Chrome/120.0.0.0 Safari/537.36",
    "$1,234,567.89",
    "EUR 58.57",
    "ORD-123-45-67890",
    "ticket INC-2125550123",
    "call_2125550123",
    "gpt-4o-mini-2024-07-18",
    "claude-sonnet-4-5-20250929",
    "9fceb02d0ae598e95dc970b74767f19372d61af8",
    "input_tokens=1284 output_tokens=25",
    "/usr/lib/python3.11/site-packages/x.py:120",
    "call_J3fK2mZx9QwErTyU",
    "chatcmpl-9fQ2b7c8d9e0f1a2b3c4d5e6f",
    "toolu_01A09q90qw90lq917835lq9",
    "http://127.0.0.1:8080/v1/chat",
    "git@github.com:org/repo.git",
    "0.4242424242424242",
    "4242424242424241",  # fails Luhn
    "7242424242424242",
    "DE89370400440532013001",  # fails mod 97
    "std::vector<int> a::b",
    "x[1:2, ::3]",
    "2147483647",
    "978-3-16-148410-0",
    "12:34:56",
    "aa:bb:cc:dd:ee:ff:00:11:22:33",
    "1.3.6.1.4.1.311.21.20",
    "latitude 52.5200066 longitude 13.4049540",
    "@app.route('/x') def f(): pass",
    "100 20 3000 400 50 6000",
    "order=ORD-004703359 tokens=12",
    "span=5037522110153227",  # passes Luhn
]


@pytest.mark.parametrize("text", MISSES)
def test_leave_near_miss(redactor: Redactor, text: str) -> None:
    for frame in ("{}", "see {} today", '{{"id":"{}"}}' if '"' not in text else "{}"):
        framed = frame.format(text)
        result = redactor.redact(framed, "t")
        assert result.text is framed
        assert result == (framed, {}, 0)
