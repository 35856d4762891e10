"""Named entities: the real loading path with a model trained here, and only where the policy asks."""

import random
import warnings
from pathlib import Path
from typing import Any

import pytest
import spacy
from spacy.training import Example
from spacy.util import fix_random_seed  # type: ignore[attr-defined]

from redaction.named import cut_pieces
from redaction.policy_file import policy_from_mapping, read_policy
from redaction.redactor import Redactor
from schema.errors import ConfigError
from tests.redaction.conftest import build_redactor

FRAMES = ("{} asked for a refund", "please call {} back", "the agent spoke with {} today", "it was {} who paid")
NAMES = ("Zorblatt", "Quimby", "Vexley", "Trondle")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that knows four surnames by heart."""
    nlp = spacy.blank("en")
    recogniser: Any = nlp.add_pipe("ner")
    recogniser.add_label("PERSON")
    examples = []
    for frame in FRAMES:
        for name in NAMES:
            text = frame.format(name)
            start = text.index(name)
            entities = {"entities": [(start, start + len(name), "PERSON")]}
            examples.append(Example.from_dict(nlp.make_doc(text), entities))
    generator = random.Random(1)
    fix_random_seed(1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        optimizer = nlp.initialize(lambda: examples)
        for _ in range(25):
            generator.shuffle(examples)
            nlp.update(examples, sgd=optimizer)
    folder = tmp_path_factory.mktemp("model")
    nlp.to_disk(folder)
    return folder


def test_model_runs_only_where_the_policy_asks(model: Path) -> None:
    rules = {"model": {"name": str(model), "where": {"class": "messages"}}}
    redactor = build_redactor(policy_from_mapping(rules, "test"))
    text = "the agent spoke with Quimby today"
    for _ in range(2):
        inside = redactor.at("t", "", "InputMessages").redact(text)
        assert "Quimby" not in inside.text
        assert inside.findings == {"PERSON": 1}
        assert redactor.at("t", "", "ToolResult").redact(text).text is text
    listed = redactor.at("t", "", "InputMessages").redact(f'[{{"role":"user","content":"{text}"}}]')
    assert "Quimby" not in listed.text
    assert listed.text.startswith('[{"role":"user","content":"the agent')


def test_without_a_model_nothing_is_named(redactor: Redactor) -> None:
    assert redactor.redact("the agent spoke with Quimby today", "t").findings == {}


def test_model_that_is_not_installed_refuses_to_start(tmp_path: Path) -> None:
    file = tmp_path / "policy.yaml"
    file.write_text("model: {name: no_such_model}\n", "utf-8")
    with pytest.raises(ConfigError, match="no_such_model: not installed"):
        build_redactor(read_policy(file))
    (tmp_path / "empty").mkdir()
    with pytest.raises(ConfigError, match="cannot be loaded"):
        build_redactor(policy_from_mapping({"model": {"name": str(tmp_path / "empty")}}, "test"))


def test_pieces_are_the_text() -> None:
    text = "ab cd\n" * 5000 + "x" * 20_000
    pieces = list(cut_pieces(text))
    assert "".join(piece for _, piece in pieces) == text
    assert [start for start, _ in pieces][:2] == [0, len(pieces[0][1])]
    assert all(piece[-1] in " \n" for _, piece in pieces[:3])
