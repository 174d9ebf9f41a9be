"""What the docstrings of packages say is in them is in them, and what the engine's docstring shows works."""

from __future__ import annotations

import re
from importlib import import_module
from pkgutil import iter_modules, walk_packages

import pytest

import netsim

PACKAGES = ["netsim", *(module.name for module in walk_packages(netsim.__path__, "netsim.") if module.ispkg)]
OTHER_WORDS = {"text"}
"""In two backticks, and no module: how names of modules end."""


@pytest.mark.parametrize("name", PACKAGES)
def test_a_package_names_only_modules_that_it_or_its_parent_has(name: str) -> None:
    package = import_module(name)
    around = [package, import_module(name.rpartition(".")[0] or name)]
    named = set(re.findall(r"``([a-z][a-z0-9_]*)``", package.__doc__ or ""))
    there = {module.name for each in around for module in iter_modules(each.__path__)} | set(dir(package))
    assert named - there - OTHER_WORDS == set()


@pytest.mark.parametrize("name", PACKAGES)
def test_a_package_names_only_packages_that_there_are(name: str) -> None:
    for dotted in re.findall(r"``(netsim(?:\.[a-z0-9_]+)+)``", import_module(name).__doc__ or ""):
        import_module(dotted)


@pytest.mark.parametrize("name", PACKAGES)
def test_a_package_says_what_is_in_it(name: str) -> None:
    assert import_module(name).__doc__
