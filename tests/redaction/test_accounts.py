"""Our checks of an IBAN and of a card's number say what Presidio's say."""

import random

from faker import Faker
from presidio_analyzer.predefined_recognizers import CreditCardRecognizer, IbanRecognizer

from redaction.recognizers.stock import Card, is_iban

LOCALES = ("de_DE", "fr_FR", "en_GB", "it_IT", "nl_NL", "es_ES", "pl_PL", "pt_PT", "de_AT", "de_CH", "fi_FI", "no_NO")


def test_same_verdict_as_presidio() -> None:
    generator, stock = random.Random(3), IbanRecognizer()
    verdicts = set()
    for locale in LOCALES:
        fake = Faker(locale)
        fake.seed_instance(3)
        for _ in range(40):
            value = fake.iban()
            place = generator.randrange(len(value))
            wrong = value[:place] + generator.choice("0123456789ABC") + value[place + 1 :]
            spaced = " ".join(value[at : at + 4] for at in range(0, len(value), 4))
            for one in (value, wrong, spaced, value[:-1], value + "0", value[:2] + "00" + value[4:]):
                assert is_iban(one) is bool(stock.validate_result(one)), one
                verdicts.add(is_iban(one))
    assert verdicts == {True, False}


def test_same_sum_as_presidio() -> None:
    generator, ours, stock = random.Random(4), Card(), CreditCardRecognizer()
    verdicts = set()
    for _ in range(2000):
        value = "".join(generator.choices("0123456789", k=generator.randint(13, 19)))
        grouped = "-".join(value[at : at + 4] for at in range(0, len(value), 4))
        assert ours.validate_result(value) is ours.validate_result(grouped) is stock.validate_result(value)
        verdicts.add(ours.validate_result(value))
    assert verdicts == {True, False}
