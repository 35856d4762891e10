"""A recogniser that is a function of the text, as Presidio wants to have it."""

from collections.abc import Callable, Sequence
from typing import Any

from presidio_analyzer import LocalRecognizer, RecognizerResult

Find = Callable[[str], Sequence[tuple[int, int, float]]]
"""(start, end, score) of each value in a text."""


class FunctionRecognizer(LocalRecognizer):
    """Finds what `find` finds."""

    def __init__(self, entity: str, find: Find, context: Sequence[str] = ()) -> None:
        super().__init__([entity], supported_language="en", name=entity, context=list(context))
        self.find = find

    def load(self) -> None:
        """Nothing to load."""

    # Presidio's interface hands over more than is needed here
    def analyze(self, text: str, entities: list[str], nlp_artifacts: Any = None) -> list[RecognizerResult]:  # noqa: ARG002
        return [RecognizerResult(self.supported_entities[0], *match) for match in self.find(text)]
