"""The names of the package mean one thing each."""

from __future__ import annotations

from pkgutil import iter_modules
from types import ModuleType

import datalab_toolkit as dl


def test_no_function_hides_a_module_of_its_name() -> None:
    modules = {module.name for module in iter_modules(dl.__path__)}
    for name in modules & set(dl.__all__):
        assert isinstance(getattr(dl, name), ModuleType)


def test_the_names_are_listed_in_order_and_there() -> None:
    assert sorted(dl.__all__) == dl.__all__
    assert all(hasattr(dl, name) for name in dl.__all__)
