"""The configuration file of the embedded engine: what every store has (`engine.xml`), and what one may have beside it.

All who have the engine open in a process share the file of the one who opened it first.
"""

import xml.etree.ElementTree as ET
from importlib import resources
from pathlib import Path

BASE = Path(str(resources.files("schema") / "engine.xml"))
"""In force where no other file is given."""


def read_config(file: Path = BASE) -> ET.Element:
    """The root of a configuration of ours. Raises OSError, ET.ParseError."""
    return ET.parse(file).getroot()  # noqa: S314 - our own file


def write_config(file: Path, *parts: ET.Element) -> Path:
    """Write what every store has, and `parts`; where it was written. Raises OSError."""
    root = read_config()
    root.extend(parts)
    text = ET.tostring(root, "unicode")
    if not file.exists() or file.read_text("utf-8") != text:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        file.write_text(text, "utf-8")
    return file
