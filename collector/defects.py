"""How a defect is told: by its kind and place, never by its message, which may quote what a sender wrote."""

import traceback
from pathlib import Path


def describe_defect(error: BaseException) -> str:
    """Kind and place of an error, without its message."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{type(error).__name__} {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
