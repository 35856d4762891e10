"""Keep pandas out of a process that serves. pyarrow loads it with its first array wherever it is installed (chDB brings
it), for nothing: 30 MB and 0.2 s of CPU in each process, measured."""

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType


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
