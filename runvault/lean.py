"""Keep out of a process what others load into it for nothing. Measured in a collector: pandas, which pyarrow loads
with its first array wherever it is installed (chDB brings it), 30 MB and 0.2 s of CPU; the command line of spaCy,
which comes with `import spacy`, 10 MB and a tenth of a start."""

import gc
import importlib
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import NoReturn


class _NoPandas(MetaPathFinder):
    def find_spec(
        self, fullname: str, _path: Sequence[str] | None, _target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname == "pandas":
            raise ModuleNotFoundError("pandas is left out of this process", name=fullname)
        return None


def leave_out_pandas() -> None:
    """For the rest of this process pandas is as if it were not installed; call it before anything makes an array."""
    if not any(isinstance(finder, _NoPandas) for finder in sys.meta_path):
        sys.meta_path.insert(0, _NoPandas())


def leave_out_spacy_tools() -> None:
    """For the rest of this process spaCy has no command line; call it before anything imports spaCy. What is in it
    trains, packs and downloads models; Presidio knows only the last, which a redactor must not do."""
    if not any(isinstance(finder, _NoTools) for finder in sys.meta_path):
        sys.meta_path.insert(0, _NoTools())


class _NoTools(MetaPathFinder, Loader):
    def find_spec(
        self, fullname: str, _path: Sequence[str] | None, _target: ModuleType | None = None
    ) -> ModuleSpec | None:
        known = fullname in ("spacy.cli", "spacy.cli.info")
        return ModuleSpec(fullname, self, is_package=fullname == "spacy.cli") if known else None

    def exec_module(self, module: ModuleType) -> None:
        module.__dict__.update(download=_refuse, info=_refuse)


def _refuse(*_arguments: object) -> NoReturn:
    raise OSError("spaCy's command line is left out of this process")


def import_late(name: str) -> ModuleType:
    """Import a module of ours with all that it needs. What is imported stays: looking for cycles among it would be a
    tenth of a start, more for the larger parts."""
    gc.disable()
    try:
        return importlib.import_module(name)
    finally:
        gc.enable()
