"""The Modelfile: Ollama writes the prompts of the training, for every kind of chat format."""

import re
import shutil
import subprocess
from types import SimpleNamespace
from typing import Any

import pytest

from chapters.card import portable_template
from chapters.chat import ChatModel, format_prompt, read_format, show_turns
from chapters.ollama import modelfile, ollama_template
from tiny_models import make_tokenizer

FAMILIES = ["chatml", "qwen3", "gemma", "llama3", "harmony"]
SAMPLING = {"temperature": 0.7, "top_p": 0.8, "top_k": 20, "max_new_tokens": 400}
FIXED = {"system_prompt": "You are Ada.", "sampling": SAMPLING, "max_seq_length": 2048}
TALK = [
    {"role": "system", "content": "You are Ada."},
    {"role": "user", "content": "Who?"},
    {"role": "assistant", "content": "I."},
    {"role": "user", "content": "And now?"},
]
TALKS = [TALK, TALK[:2], TALK[1:], TALK[1:2]]
GO = """package main
import ("os"; "text/template")
type M struct { Role, Content string }
func main() {
  messages := []M{}
  for i := 3; i < len(os.Args); i += 2 { messages = append(messages, M{os.Args[i], os.Args[i+1]}) }
  t := template.Must(template.New("x").Parse(os.Args[1]))
  values := map[string]any{"System": os.Args[2], "Messages": messages}
  if err := t.Execute(os.Stdout, values); err != nil { panic(err) }
}
"""


def made(family: str) -> ChatModel:
    tokenizer = make_tokenizer(family)
    return ChatModel(SimpleNamespace(), tokenizer, read_format(tokenizer))


@pytest.mark.parametrize("family", FAMILIES)
def test_the_template_that_travels_writes_the_prompts_of_the_training(family):
    _, tokenizer, chat = made(family)
    for talk in TALKS:
        written = tokenizer.apply_chat_template(
            talk, chat_template=portable_template(chat), tokenize=False, add_generation_prompt=True
        )
        assert written == format_prompt(tokenizer, chat, talk)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_modelfile_says_how_to_ask(family):
    tuned = made(family)
    text = modelfile(tuned, FIXED, "base:1b", "./adapter.gguf")
    assert text.startswith("FROM base:1b\nADAPTER ./adapter.gguf\nTEMPLATE")
    assert 'SYSTEM """You are Ada."""' in text and "PARAMETER temperature 0.7\n" in text
    assert "PARAMETER num_predict 400\n" in text and "PARAMETER num_ctx 2048\n" in text
    stops = re.findall(r'PARAMETER stop "(.+)"', text)
    assert stops == ([tuned.chat["end"]] if family == "harmony" else tuned.chat["stops"])
    assert "ADAPTER" not in modelfile(tuned, FIXED, "./q8_0.gguf")


@pytest.fixture(scope="module")
def go_template(tmp_path_factory):
    """A program that fills in a Go template as Ollama does."""
    if shutil.which("go") is None:
        pytest.skip("Go is not installed: its templates can't be run")
    folder = tmp_path_factory.mktemp("go")
    (folder / "main.go").write_text(GO)
    subprocess.run(["go", "build", "-o", folder / "fill", folder / "main.go"], check=True)
    return folder / "fill"


@pytest.mark.parametrize("family", FAMILIES)
def test_go_writes_the_same_prompts(family, go_template):
    _, tokenizer, chat = made(family)
    for talk in TALKS:
        system = talk[0]["content"] if talk[0]["role"] == "system" else ""
        said = [text for one in talk for text in one.values() if one["role"] != "system"]
        command: list[Any] = [go_template]
        command += [ollama_template(tokenizer, chat), system, *said]
        written = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        assert written == show_turns(tokenizer, chat, talk, ask=True)
