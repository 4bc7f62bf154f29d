"""The versions of the software, and what it is told before it begins."""

import os
import tomllib

import build_notebooks
from chapters import software
from chapters.preparation import NOTEBOOK_VERSION


def test_versions_are_those_of_the_environment_file(monkeypatch):
    project = tomllib.loads((build_notebooks.ROOT / "pyproject.toml").read_text())["project"]
    assert project["version"] == NOTEBOOK_VERSION
    for name, version in software.TESTED.items():
        assert f"{name}=={version}" in project["dependencies"]
    monkeypatch.setattr(software, "TESTED", {"no-such-package": "1"})
    assert software.installed_versions() == {"no-such-package": "missing"}
    told = software.describe_versions({"no-such-package": "missing"})
    assert told.split() == ["no-such-package", "missing", "tested:", "1"]
    assert "tested" not in software.describe_versions({"no-such-package": "1"})


def test_what_is_set_before_pytorch_is_imported(monkeypatch):
    monkeypatch.setattr(os, "environ", {})
    software.prepare_imports()
    assert os.environ["UNSLOTH_DISABLE_STATISTICS"] == "1"
    assert os.environ["GOMP_SPINCOUNT"] == "1000"
    os.environ["GOMP_SPINCOUNT"] = "7"  # a reader's own choice stands
    software.prepare_imports()
    assert os.environ["GOMP_SPINCOUNT"] == "7"
