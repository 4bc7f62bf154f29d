"""README.MD and CLAUDE.md are true: what they name exists."""

import functools
import re
import subprocess
import sys

import pytest

import build_notebooks

ROOT = build_notebooks.ROOT
TEXTS = {name: (ROOT / name).read_text() for name in ("README.MD", "CLAUDE.md")}
TOP = {
    "Books",
    "NoteBooks",
    "comparison_cache",
    "scripts",
    ".gitignore",
    "CLAUDE.md",
    "README.MD",
    "pyproject.toml",
}


def tracked():
    done = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        pytest.skip("not a git checkout")
    return done.stdout.splitlines()


def test_the_top_level_is_the_fixed_one():
    visible = {path.split("/")[0] for path in tracked()}
    assert {name for name in visible if not name.startswith(".") or name == ".gitignore"} == TOP


def test_nothing_that_does_not_belong_is_committed():
    bad = re.compile(r"_executed\.|\.(pkl|pdf|safetensors|gguf)$|(^|/)uv\.lock$|/outputs/")
    assert [path for path in tracked() if bad.search(path)] == []


@pytest.mark.parametrize("name", TEXTS)
def test_the_file_tree_is_the_real_one(name):
    tree = next(block for block in TEXTS[name].split("```\n") if "├──" in block)
    listed = {
        re.match(r"[├└]── (\S+)", line)[1].rstrip("/")
        for line in tree.splitlines()
        if line[0] in "├└"
    }
    real = {path.split("/")[1] for path in tracked() if path.startswith("scripts/")}
    assert listed == real
    assert {
        line.split()[0].rstrip("/") for line in tree.splitlines() if line[0] not in "├└│"
    } == TOP - {".gitignore"}


@functools.cache
def help_of(script):
    command = [sys.executable, ROOT / script, "--help"]
    shown = subprocess.run(command, capture_output=True, text=True)
    assert shown.returncode == 0, script
    return shown.stdout


@pytest.mark.parametrize("name", TEXTS)
def test_commands_name_scripts_and_options_that_exist(name):
    commands = re.findall(r"uv run (scripts/[\w/]+\.py)([^\n`#]*)", TEXTS[name])
    assert commands and all(help_of(script) for script, _ in commands)
    for script, rest in commands:
        for option in re.findall(r"--[a-z]+", rest):
            assert option in help_of(script), (script, option)


@pytest.mark.parametrize("name", TEXTS)
def test_names_in_capitals_are_parameters(name):
    known = set().union(
        *(
            build_notebooks.parameters(build_notebooks.template_parameters(kind))
            for kind in build_notebooks.KINDS
        )
    )
    others = {
        "TRAINING_KEY",
        "BOOKS_DIR",
        "OUT_DIR",
        "CACHE_DIR",
        "QWEN3_FOLDER",
        "GPTOSS_FOLDER",
        "UV_PROJECT_ENVIRONMENT",
        "FETCH_TOKENIZERS",
    }
    named = set(re.findall(r"`([A-Z][A-Z0-9]+(?:_[A-Z0-9]+)*)(?: = [^`]*)?`", TEXTS[name])) - {
        "NAME",
        "MD",
    }
    assert named <= known | others, named - known - others


def test_messages_in_the_readme_are_those_of_the_code():
    code = " ".join(
        path.read_text()
        for folder in ("scripts/chapters", "scripts")
        for path in (ROOT / folder).glob("*.py")
    )
    rows = re.findall(
        r"^\| ((?:`[^`]+`(?:, )?)+) \|",
        TEXTS["README.MD"].split("## When something is wrong")[1],
        re.M,
    )
    for message in re.findall(r"`([^`]+)`", " ".join(rows)):
        if "." not in message or "…" in message:
            words = message.replace("…", "").strip(" .")
            assert words in code, message


def test_no_placeholder_is_left():
    assert not [name for name, text in TEXTS.items() if "@@" in text]


def test_every_chapter_stands_in_claude_md():
    chapters = {path.stem for path in (ROOT / "scripts/chapters").glob("[a-z]*.py")}
    told = TEXTS["CLAUDE.md"].partition("What goes in and out:")[2].partition("\n\n")[0]
    assert chapters == {name for name in chapters if re.search(rf"\b{name}\b", told)}
