"""Names and street addresses: hits with what must go, and near-misses that must stay."""

import pytest

from redaction.keyed import KeyedValues
from redaction.redactor import Redactor

NAMES = [
    ("Ana Silva", "please refund Ana Silva today"),
    ("Jürgen Müller", "Jürgen Müller hat bestellt"),
    ("Mary-Jane O'Brien", "ask Mary-Jane O'Brien about it"),
    ("John F. Kennedy", "written by John F. Kennedy."),
    ("Xq Zorblatt", "My name is Xq Zorblatt and I need help"),
    ("ana silva", "hi, my name is ana silva."),
    ("Zorblatt", "Dear Mr. Zorblatt,\n"),
    ("Anneke", "Hi Anneke, thanks for writing"),
    ("Zorblatt", "Sehr geehrte Frau Zorblatt,"),
    ("Ana", "Thanks!\n\nBest regards,\nAna"),
    ("Xq Zorblatt", "Mit freundlichen Grüßen\nXq Zorblatt\nSupport"),
    ("Ana Zorblatt", "Hello, I am Ana Zorblatt and my card was charged"),
    ("Xq Zorblatt", "From: Xq Zorblatt <xq@example.com>"),
    ("Ana Silva", "Customer: Ana Silva"),
    ("Xq Zorblatt", "full_name=Xq Zorblatt"),
    ("Zorblatt", '{"last_name":"Zorblatt"}'),
    ("Xq Zorblatt", '{"customer_name":"Xq Zorblatt","id":1}'),
    ("Xq Zorblatt", '{"user":{"fullName":"Xq Zorblatt"}}'),
    ("Xq Zorblatt", '[{"role":"user","content":"Hi, my name is Xq Zorblatt. Help!"}]'),
]
ADDRESSES = [
    ("123 Maple Avenue", "ship it to 123 Maple Avenue, thanks"),
    ("742 Evergreen Terrace, Springfield, OR 97403", "742 Evergreen Terrace, Springfield, OR 97403"),
    ("8 Michael Trace", "I live at 8 Michael Trace"),
    ("0517 Smith Forges Suite 240", "to 0517 Smith Forges Suite 240."),
    ("Hauptstraße 12", "wohnt Hauptstraße 12"),
    ("Lange Straße 5a", "Adresse: Lange Straße 5a"),
    ("5 Rue de la Paix", "at 5 Rue de la Paix"),
    ("12 avenue Victor Hugo", "12 avenue Victor Hugo"),
    ("Calle de Alcalá 45", "Calle de Alcalá 45"),
    ("Via Roma, 12", "in Via Roma, 12 please"),
    ("Rua Augusta, 1500", "Rua Augusta, 1500"),
    ("P.O. Box 1234", "send to P.O. Box 1234"),
    ("99 Nowhere 12b", '{"shipping_address":"99 Nowhere 12b"}'),
]
NEAR_MISSES = [
    "We met in New York and San Francisco on Monday.",
    "Visual Studio Code and Google Cloud are products",
    "The United States and Best Buy agreed",
    "Dear Customer,",
    "Hi there, how can I help?",
    "Hello World!",
    "Best regards,\nThe Support Team",
    '{"name":"get_weather","display_name":"Get Weather"}',
    '{"model_name":"gpt-4o","tool_name":"Bash","agent_name":"Refund Agent"}',
    "SELECT Name, Title FROM Employee WHERE Id = 5",
    "class OrderService extends BaseService",
    "Claude Sonnet and Gemini Pro answered",
    "Black Friday and Boxing Day",
    "Terms of Service and Privacy Policy",
    "Step 1 of 5 Way to go",
    "In 1987 West Germany was another country",
    "2 Big Mac menus",
    "take the second street 3 times",
    '{"ip_address":"unknown","email_address":null}',
    "memory address: 0x7ffe 12 bytes",
    "100 Green Apples and 5 Red Pears",
]


@pytest.mark.parametrize(("value", "text"), NAMES + ADDRESSES)
def test_hit(redactor: Redactor, value: str, text: str) -> None:
    result = redactor.redact(text, "t")
    assert value not in result.text
    assert set(result.findings) & {"PERSON", "STREET_ADDRESS"}
    assert result.failed == 0


@pytest.mark.parametrize("text", NEAR_MISSES)
def test_leave_near_miss(redactor: Redactor, text: str) -> None:
    assert redactor.redact(text, "t") == (text, {}, 0)


@pytest.mark.parametrize(
    ("key", "entity"),
    [
        ("first_name", "PERSON"), ("lastName", "PERSON"), ("customer.name", "PERSON"), ("cardholder", "PERSON"),
        ("name", None), ("tool_name", None), ("agent.name", None), ("filename", None), ("username", None),
        ("gen_ai.agent.name", None), ("shipping_address", "STREET_ADDRESS"), ("address_line1", "STREET_ADDRESS"),
        ("email_address", None), ("ip_address", None), ("server.address", None),
    ],
)  # fmt: skip
def test_tell_by_key(key: str, entity: str | None) -> None:
    assert KeyedValues().find_entity(key) == entity


@pytest.mark.parametrize("value", ["get_weather", "gpt-4o", "", "${NAME}", "unknown", "a/b", "NameOfTheTool"])
def test_value_under_a_names_key_that_is_no_name(redactor: Redactor, value: str) -> None:
    assert redactor.redact_value("customer_name", value, "t").text == value
