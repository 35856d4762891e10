"""Named entities by a model, through Presidio's NLP engine configuration. Off unless the policy names a model.

A model reads every word, so it costs thousands of times what the recognisers cost: `where` in the policy says at which
places it runs. The model is one that the user has installed; nothing is ever downloaded.
"""

import time
from collections.abc import Iterator
from pathlib import Path

import spacy
from presidio_analyzer.nlp_engine import NlpEngine, NlpEngineProvider

from redaction.findings import Finding
from redaction.policy import Model
from schema.errors import ConfigError, OutOfTimeError

_PIECE = 8192  # characters: a model cannot be interrupted, so the time is looked at between pieces


class NamedEntities:
    """A loaded model. Raises ConfigError when it is not installed or cannot be loaded."""

    def __init__(self, model: Model) -> None:
        self._language = model.language
        self._engine = _load_engine(model)
        self._entities = frozenset(entity for _, entity in model.labels)

    def find(self, text: str, until: float) -> list[Finding]:
        """What the model names, as the policy maps its labels. Raises OutOfTimeError after `until`."""
        found: list[Finding] = []
        for start, piece in cut_pieces(text):
            if time.monotonic() > until:
                raise OutOfTimeError("out of time")
            artifacts = self._engine.process_text(piece, self._language)
            for span, score in zip(artifacts.entities, artifacts.scores, strict=True):
                if span.label_ in self._entities:
                    found.append(Finding(start + span.start_char, start + span.end_char, span.label_, float(score)))
        return found


def cut_pieces(text: str) -> Iterator[tuple[int, str]]:
    """The text in pieces cut after a blank, with their offsets."""
    start = 0
    while start < len(text):
        stop = start + _PIECE
        if stop < len(text):
            stop = max(text.rfind(sign, start + _PIECE // 2, stop) for sign in " \n") + 1 or stop
        yield start, text[start:stop]
        start = stop


def _load_engine(model: Model) -> NlpEngine:
    if model.engine == "spacy" and not (spacy.util.is_package(model.name) or Path(model.name).is_dir()):
        # Presidio would download it: a redactor makes no network call.
        raise ConfigError(f"redaction policy: model {model.name}: not installed")
    configuration = {
        "nlp_engine_name": model.engine,
        "models": [{"lang_code": model.language, "model_name": model.name}],
        "ner_model_configuration": {
            "model_to_presidio_entity_mapping": dict(model.labels),
            "labels_to_ignore": [],
            "low_score_entity_names": [],
        },
    }
    try:
        engine = NlpEngineProvider(nlp_configuration=configuration).create_engine()
        engine.process_text("ready", model.language)
    except (ValueError, OSError, ImportError) as error:
        raise ConfigError(f"redaction policy: model {model.name}: cannot be loaded: {type(error).__name__}") from error
    return engine
