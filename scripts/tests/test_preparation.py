"""Helpers, versions, profile, training key and checkpoints: the cells around the training."""
import json
import tomllib

import pytest

import stamp_cells
from cells import profile, save_adapter, setup, train, training_key, versions, write_files


def test_a_mistake_is_shown_as_its_sentence_alone():
    with pytest.raises(setup.Mistake, match="^no such book$") as caught, setup.plain_errors():
        raise ValueError("no such book")
    assert caught.value._render_traceback_() == ["\x1b[1;31mno such book\x1b[0m"]
    with pytest.raises(ZeroDivisionError), setup.plain_errors():  # a bug keeps its traceback
        1 / 0


def test_progress_yields_everything_and_counts(capsys):
    assert list(setup.progress([3, 4], "books")) == [3, 4]
    assert list(setup.progress(iter("ab"), "letters", total=2)) == ["a", "b"]


def test_versions_are_those_of_the_environment_file():
    pins = tomllib.loads((stamp_cells.ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    for name, version in versions.TESTED.items():
        assert f"{name}=={version}" in pins
    assert versions.installed_versions({"no-such-package": "1"}) == {"no-such-package": "missing"}


def test_profile():
    assert profile.choose_profile("auto", True) == "gpu" and profile.choose_profile("auto", False) == "demo"
    assert profile.choose_profile("demo", True) == "demo"
    with pytest.raises(ValueError, match="set it to 'auto', 'gpu' or 'demo'"):
        profile.choose_profile("fast", True)
    with pytest.raises(ValueError, match="sees no CUDA GPU"):
        profile.choose_profile("gpu", False)


def test_a_missing_model_folder_is_named(tmp_path):
    assert profile.find_model("unsloth/some-model") == "unsloth/some-model"
    with pytest.raises(FileNotFoundError, match="prepare_sample.py"):
        profile.find_model(str(tmp_path / "nothing"))


def test_finished_training_needs_the_key_the_record_and_the_adapter(tmp_path):
    key = training_key.hash_of({"rows": ["a"], "lr": 1e-4})
    assert key != training_key.hash_of({"rows": ["b"], "lr": 1e-4}) and len(key) == 12
    assert training_key.finished_training(tmp_path, key) is None
    write_files.write_json(tmp_path / "training.json", {"key": key})
    assert training_key.finished_training(tmp_path, key) is None
    (tmp_path / "adapter").mkdir()
    (tmp_path / "adapter/adapter_model.safetensors").touch()
    assert training_key.finished_training(tmp_path, key) == {"key": key}
    assert training_key.finished_training(tmp_path, "other") is None
    (tmp_path / "training.json").write_text('{"key": ')
    assert training_key.finished_training(tmp_path, key) is None


def test_the_newest_whole_checkpoint_is_found_and_half_ones_removed(tmp_path):
    assert train.last_checkpoint(tmp_path) is None
    for step in (5, 10, 100):
        (tmp_path / f"checkpoint-{step}").mkdir()
        if step < 100:
            (tmp_path / f"checkpoint-{step}/trainer_state.json").write_text("{}")
    assert train.last_checkpoint(tmp_path) == str(tmp_path / "checkpoint-10")
    assert not (tmp_path / "checkpoint-100").exists()


def test_loss_log():
    history = [{"step": 1, "loss": 3.0}, {"step": 1, "eval_loss": 2.5}, {"step": 2, "loss": 2.0}, {"step": 1, "eval_loss": 2.5}]
    assert train.loss_log(history, "loss") == [[1, 3.0], [2, 2.0]]
    assert train.loss_log(history, "eval_loss") == [[1, 2.5]]


def test_a_folder_and_a_record_are_replaced_whole(tmp_path):
    for name in ("old", "new"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "which").write_text(name)
    save_adapter.replace_folder(tmp_path / "new", tmp_path / "old")
    assert (tmp_path / "old/which").read_text() == "new" and not (tmp_path / "new").exists()
    write_files.write_json(tmp_path / "r.json", {"a": "é"})
    with pytest.raises(ValueError):
        write_files.write_json(tmp_path / "r.json", {"a": float("nan")})
    assert json.loads((tmp_path / "r.json").read_text()) == {"a": "é"}
    assert not list(tmp_path.glob("new*"))
