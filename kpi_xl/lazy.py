"""Names of a package that are imported on first use, so that a worker that needs one module does not load all the others."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def lazy(package: str, homes: Mapping[str, str]) -> Callable[[str], Any]:
    """Return the ``__getattr__`` of a package: `homes` maps its public names to the modules in which they are defined.

    No public name may be the name of a submodule: importing the submodule would take its place.
    """

    def find(name: str) -> Any:  # noqa: ANN401 - as many types as names
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        found = getattr(import_module(homes[name]), name)
        setattr(sys.modules[package], name, found)
        return found

    return find
