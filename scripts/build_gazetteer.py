"""Writes redaction/data/first_names.txt and last_names.txt from the name lists of Faker's locales (MIT licence).

    python scripts/build_gazetteer.py

Latin script only, one word per line, lower case. The locales in `HELD_OUT` are left out on purpose: the quality
benchmark draws from them to see what happens to names that are in no list.
"""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import faker.providers.person as people

HELD_OUT = ("fi_FI", "hr_HR", "hu_HU", "sk_SK", "tw_GH", "zu_ZA")
FOLDER = Path(__file__).resolve().parents[1] / "redaction" / "data"
_WORD = re.compile(r"[A-Za-zÀ-ÖØ-öø-ɏ'\u2019\-]{3,24}")


def list_names(provider: type, kind: str) -> Iterator[str]:
    """Every word of the provider's lists whose name speaks of `kind`."""
    for attribute in dir(provider):
        values = getattr(provider, attribute)
        if kind in attribute and not attribute.startswith("_") and isinstance(values, dict | list | tuple | set):
            for value in values:
                for name in value if isinstance(value, tuple) else (value,):
                    yield str(name)


def main() -> None:
    """Collect and write both lists."""
    found: dict[str, set[str]] = {"first_name": set(), "last_name": set()}
    for module in pkgutil.iter_modules(people.__path__):
        if module.name in HELD_OUT:
            continue
        provider = importlib.import_module(f"{people.__name__}.{module.name}").Provider
        for kind, names in found.items():
            words = (name.split()[-1] for name in list_names(provider, kind) if name.strip())
            names.update(word.casefold().replace("\u2019", "'") for word in words if _WORD.fullmatch(word))
    FOLDER.mkdir(exist_ok=True)
    for kind, names in found.items():
        (FOLDER / f"{kind}s.txt").write_text("\n".join(sorted(names)) + "\n", "utf-8")
        print(kind, len(names))


if __name__ == "__main__":
    main()
