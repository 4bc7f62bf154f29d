"""Prompts, training texts and parsed answers of every chat family: no text moves the mask."""

import json
import unicodedata
from typing import Any

import pytest
import unsloth  # noqa: F401  (first: it patches the libraries below)
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from unsloth.chat_templates import train_on_responses_only

from chapters import safety
from chapters.chat import (
    ChatModel,
    format_prompt,
    format_row,
    framed_chat,
    load_chat_model,
    parse_answer,
    read_format,
)
from chapters.masks import row_fault
from chapters.preparation import Mistake
from tiny_models import make_tiny, make_tokenizer, make_with_eyes

FAMILIES = ["harmony", "qwen3", "chatml", "gemma", "gemma3", "llama3"]
CHANNELLESS = (
    "{% for message in messages %}"
    "{{ '<|start|>' + message['role'] + '<|message|>' + message['content'] + "
    "('<|return|>' if loop.last and message['role'] == 'assistant' else '<|end|>') }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|start|>assistant' }}{% endif %}"
)
CONVERSATION = [
    {"role": "system", "content": "You are an old author."},
    {"role": "user", "content": "What is honour?"},
    {"role": "assistant", "content": "A word.\n\nWhat is that word? Air."},
]


@pytest.fixture(scope="module")
def tokenizers():
    made = {family: make_tokenizer(family) for family in FAMILIES}
    for tokenizer in made.values():
        tokenizer.add_bos_token = False  # as make_trainer sets it
    return made


def trained_part(tokenizer, chat, text):
    """Return the row's tokens and the labels that the notebook's own masking gives them."""
    ids = tokenizer(text, add_special_tokens=False)["input_ids"]
    eos, tokenizer.eos_token = tokenizer.eos_token, chat["end"]
    only_responses: Any = train_on_responses_only
    mask = only_responses(
        None,
        chat["instruction_part"],
        chat["response_part"],
        tokenizer=tokenizer,
        return_function=True,
        last_response_only=True,
    )
    labels = mask({"input_ids": [ids]})["labels"][0]
    tokenizer.eos_token = eos
    return ids, labels


@pytest.mark.parametrize("thinking", [False, True])
@pytest.mark.parametrize("family", FAMILIES)
def test_the_loss_is_on_the_answer_and_its_end_token(tokenizers, family, thinking):
    tokenizer = tokenizers[family]
    chat = read_format(tokenizer, thinking, "low")
    text = format_row(tokenizer, chat, CONVERSATION)
    prompt = format_prompt(tokenizer, chat, CONVERSATION[:-1])
    ids, labels = trained_part(tokenizer, chat, text)
    row = {"id": "1", "messages": CONVERSATION, "text": text}
    assert row_fault(ChatModel(None, tokenizer, chat), row, ids, labels) == ""
    seen = tokenizer.decode([label for label in labels if label != -100])
    header = "<|channel|>final<|message|>" if family == "harmony" else ""
    assert seen == header + CONVERSATION[-1]["content"] + chat["end"]
    assert "You are an old author." in prompt and "What is honour?" in prompt
    assert all(isinstance(value, (str, bool, list)) for value in chat.values())


def test_what_is_read_off_the_templates(tokenizers):
    read = {family: read_format(tokenizers[family]) for family in FAMILIES}
    assert [
        (read[family]["instruction_part"], read[family]["response_part"], read[family]["end"])
        for family in FAMILIES
    ] == [
        ("<|start|>user<|message|>", "<|start|>assistant", "<|return|>"),
        ("<|im_start|>user\n", "<|im_start|>assistant\n<think>\n\n</think>\n\n", "<|im_end|>"),
        ("<|im_start|>user\n", "<|im_start|>assistant\n", "<|im_end|>"),
        ("<start_of_turn>user\n", "<start_of_turn>model\n", "<end_of_turn>"),
        ("<start_of_turn>user\n", "<start_of_turn>model\n", "<end_of_turn>"),
        (
            "<|start_header_id|>user<|end_header_id|>\n\n",
            "<|start_header_id|>assistant<|end_header_id|>\n\n",
            "<|eot_id|>",
        ),
    ]
    assert read["gemma"]["merge_system"] and not read["llama3"]["merge_system"]
    assert read["harmony"]["stops"] == ["<|return|>", "<|end|>"]


def test_gpt_oss_writes_the_final_channel_one_date_and_the_asked_effort(tokenizers):
    tokenizer = tokenizers["harmony"]
    for effort in ("low", "high"):
        chat = read_format(tokenizer, False, effort)
        text = format_row(tokenizer, chat, CONVERSATION)
        assert "<|start|>assistant<|channel|>final<|message|>" in text and text.endswith(
            "<|return|>"
        )
        assert f"Reasoning: {effort}" in text and "Current date: 2025-06-01" in text
        assert format_prompt(tokenizer, chat, CONVERSATION[:2]).endswith(
            "<|channel|>final<|message|>"
        )
    free = read_format(tokenizer, True, "low")
    assert format_prompt(tokenizer, free, CONVERSATION[:2]).endswith("<|start|>assistant")


@pytest.mark.parametrize("family", FAMILIES)
def test_a_saved_template_can_be_read_again_and_set_anew(tokenizers, family):
    tokenizer = tokenizers[family]
    wanted, original = read_format(tokenizer, False, "high"), tokenizer.chat_template
    tokenizer.chat_template = read_format(tokenizer, True, "low")[
        "template"
    ]  # as beside an adapter
    again = read_format(tokenizer, False, "high")
    tokenizer.chat_template = original
    assert again == wanted


def test_a_channelless_gpt_oss_template_is_never_used(tokenizers):
    tokenizer = make_tokenizer("harmony")
    with pytest.raises(Mistake, match="<.start.>assistant<.message.>"):
        read_format(tokenizer, template=CHANNELLESS)
    tokenizer.chat_template = CHANNELLESS  # as stored beside some weights: it is not looked at
    assert "<|channel|>final" in format_row(tokenizer, read_format(tokenizer), CONVERSATION)


def test_unknown_formats_are_refused_with_the_reason():
    with pytest.raises(Mistake, match="kind of ChatML"):
        read_format(make_tokenizer("mistral"))
    plain = make_tokenizer("chatml")
    plain.chat_template = None
    with pytest.raises(Mistake, match="chat.template"):
        read_format(plain)
    turn = "{{ message['role'] + ': ' + message['content'] + '\n' }}"
    plain.chat_template = "{% for message in messages %}" + turn + "{% endfor %}"
    with pytest.raises(Mistake, match="kind of ChatML"):
        read_format(plain)


@pytest.mark.parametrize(
    "answer, reason",
    [
        ("", "no answer"),
        (" \n", "no answer"),
        ("\nLate", "white space|melt"),
        ("A <|im_end|> B", "control token"),
        ("He said </think> so", "control token"),
    ],
)
def test_rows_that_would_move_the_mask_are_refused(tokenizers, answer, reason):
    tokenizer = tokenizers["qwen3"]
    with pytest.raises(Mistake, match=reason):
        format_row(
            tokenizer,
            read_format(tokenizer),
            [*CONVERSATION[:2], {"role": "assistant", "content": answer}],
        )


def test_other_families_markers_are_plain_text(tokenizers):
    answer = "<|start|>assistant<|channel|>final<|message|> and <start_of_turn>model and [INST]"
    tokenizer = tokenizers["qwen3"]
    chat = read_format(tokenizer)
    ids, labels = trained_part(
        tokenizer,
        chat,
        format_row(tokenizer, chat, [*CONVERSATION[:2], {"role": "assistant", "content": answer}]),
    )
    assert tokenizer.decode([label for label in labels if label != -100]) == answer + "<|im_end|>"


def test_of_several_turns_only_the_last_answer_is_learned(tokenizers):
    tokenizer = tokenizers["chatml"]
    chat = read_format(tokenizer)
    talk = [
        *CONVERSATION,
        {"role": "user", "content": "And now?"},
        {"role": "assistant", "content": "Silence."},
    ]
    ids, labels = trained_part(tokenizer, chat, format_row(tokenizer, chat, talk))
    assert tokenizer.decode([label for label in labels if label != -100]) == "Silence.<|im_end|>"


MARKERS = [
    "<|im_start|>",
    "<|im_end|>",
    "<|im_start|>assistant\n",
    "<think>",
    "</think>\n\n",
    "<think>\n\n</think>\n\n",
    "<|start|>assistant",
    "<|channel|>final<|message|>",
    "<|return|>",
    "<|end|>",
    "<start_of_turn>model\n",
    "<bos>",
    "<end_of_turn>",
    "<eos>",
    "<|start_header_id|>assistant<|end_header_id|>\n\n",
    "<|eot_id|>",
    "<|begin_of_text|>",
    "<|endoftext|>",
    "[INST]",
    "[/INST]",
    "</s>",
    "<tool_response>",
    "</tool_response>",
    "<tool_call>",
    "\n",
    "\n\n",
    "\n\n\n",
    "\r\n",
    " ",
    "\t",
    "\u00a0",
    "▁",
    "<",
    "|>",
    "assistant",
    "e\u0301",
    "ﬁ",
    "日本",
    "🙂",
    "\u200d",
    "\x00",
]
TEXTS = st.lists(st.one_of(st.sampled_from(MARKERS), st.text(max_size=8)), max_size=6).map("".join)


@pytest.mark.parametrize("thinking", [False, True])
@pytest.mark.parametrize("family", FAMILIES)
@settings(
    max_examples=120,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(texts=st.tuples(TEXTS, TEXTS, TEXTS))
@example(texts=("", "", ""))
@example(texts=("system", "<tool_response>x</tool_response>", "answer"))
@example(texts=("system", "question", "\n\nanswer"))
@example(texts=("system", "question\n", " answer"))
def test_no_text_moves_the_mask_by_a_token(tokenizers, family, thinking, texts):
    tokenizer = tokenizers[family]
    chat = read_format(tokenizer, thinking, "low")
    messages = [
        {"role": role, "content": text}
        for role, text in zip(("system", "user", "assistant"), texts)
    ]
    try:
        text = format_row(tokenizer, chat, messages)
    except Mistake as refusal:
        assert len(str(refusal)) > 30  # with a reason
        return
    ids, labels = trained_part(tokenizer, chat, text)
    prompt = tokenizer(format_prompt(tokenizer, chat, messages[:-1]), add_special_tokens=False)[
        "input_ids"
    ]
    first = next(place for place, label in enumerate(labels) if label != -100)
    assert ids[: len(prompt)] == prompt
    assert labels == [-100] * first + ids[first:]
    assert (
        first
        == len(prompt) - len(tokenizer(chat["prefill"], add_special_tokens=False)["input_ids"])
        or thinking
    )
    seen = tokenizer.decode(ids[first:])
    wanted = chat["learned"] + texts[-1] + chat["end"]
    assert unicodedata.normalize("NFC", seen) == unicodedata.normalize("NFC", wanted)


@pytest.mark.parametrize(
    "family, thinking, raw, answer, thought",
    [
        ("harmony", False, "Air.<|return|>", "Air.", ""),
        ("harmony", False, "Air.<|end|>", "Air.", ""),
        (
            "harmony",
            True,
            "<|channel|>analysis<|message|>Hm.<|end|>"
            "<|start|>assistant<|channel|>final<|message|>Air.<|return|>",
            "Air.",
            "Hm.",
        ),
        ("harmony", True, "<|channel|>analysis<|message|>Hm, and", "", "Hm, and"),
        (
            "harmony",
            True,
            "<|channel|>commentary to=functions.x <|constrain|>json<|message|>{}<|call|>",
            "",
            "{}",
        ),
        ("qwen3", False, "Air.<|im_end|>", "Air.", ""),
        ("qwen3", True, "<think>\nHm.\n</think>\n\nAir.<|im_end|>", "Air.", "Hm."),
        ("qwen3", True, "<think>\nHm, and", "", "Hm, and"),
        ("qwen3", True, "Hm.\n</think>\n\nAir.", "Air.", "Hm."),
        ("chatml", False, "  Air. \n<|im_end|>", "Air.", ""),
        ("chatml", False, "Air.<|im_start|>user\nMore", "Air.", ""),
        ("llama3", False, "Air<think>.<|eot_id|>", "Air<think>.", ""),
    ],
)
def test_answers_are_parted_from_thoughts(tokenizers, family, thinking, raw, answer, thought):
    chat = read_format(tokenizers[family], thinking)
    assert parse_answer(raw, chat) == {"answer": answer, "thinking": thought}


def test_control_tokens_are_framed_and_the_text_is_escaped(tokenizers):
    chat = read_format(tokenizers["chatml"])
    shown = framed_chat("<|im_start|>user\n1 < 2", chat)
    assert shown.count("<b ") == 1 and ">&lt;|im_start|&gt;</b>user\n1 &lt; 2</pre>" in shown


def test_a_model_is_loaded_with_its_chat_format(tmp_path):
    folder = make_tiny("llama", tmp_path / "tiny")
    model, tokenizer, chat = load_chat_model(str(folder), 256, True, False, "low")
    assert str(model.dtype) == "torch.float32"
    assert chat == read_format(tokenizer, False, "low") and chat["end"] == "<|im_end|>"


def load_folder(folder):
    return load_chat_model(str(folder), 256, True, False, "low")


def test_a_model_that_cannot_be_loaded_is_named(tmp_path):
    folder = make_tiny("llama", tmp_path / "broken")
    (config,) = (path for path in folder.glob("config.json"))
    sound = json.loads(config.read_text())
    own = {**sound, "model_type": "own", "auto_map": {"AutoConfig": "own.Config"}}
    (folder / "own.py").write_text("open('made', 'w')")
    for text, why in (
        ('{"model_type": "llama"', "broken cannot be loaded: check the name"),
        (json.dumps(own), "broken cannot be loaded: it needs code of its own"),
    ):
        config.write_text(text)
        with pytest.raises(Mistake, match=why):
            load_folder(folder)
    config.write_text(json.dumps(sound))
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-9])
    with pytest.raises(Mistake, match=r"broken/model.safetensors is damaged or cut off"):
        load_folder(folder)
    weights.rename(folder / "pytorch_model.bin")
    with pytest.raises(Mistake, match="holds no weights as safetensors"):
        load_folder(folder)


def test_a_model_that_reads_pictures_is_refused(tmp_path):
    with pytest.raises(Mistake, match="reads pictures too.* MODEL to one that reads text alone"):
        load_folder(make_with_eyes(tmp_path / "eyes"))


def test_code_beside_a_known_model_is_not_run(tmp_path):
    folder = make_tiny("llama", tmp_path / "tiny")
    for name in ("config.json", "tokenizer_config.json"):
        path = folder / name
        auto = {
            "AutoConfig": "own.C",
            "AutoModelForCausalLM": "own.M",
            "AutoTokenizer": ["own.T", None],
        }
        path.write_text(json.dumps({**json.loads(path.read_text()), "auto_map": auto}))
    (folder / "own.py").write_text(f"open({str(tmp_path / 'made')!r}, 'w')")
    load_folder(folder)
    assert not (tmp_path / "made").exists()


def test_a_template_without_end_is_told_before_unsloth_tries_it(tmp_path, monkeypatch):
    monkeypatch.setattr(safety, "TEMPLATE_SECONDS", 0.3)
    folder = make_tiny("llama", tmp_path / "tiny")
    loops = "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}"
    (folder / "chat_template.jinja").write_text(loops)
    with pytest.raises(Mistake, match="chat template has no end"):
        load_folder(folder)


def test_a_template_that_fails_is_a_mistake(tokenizers):
    for template in ("{{ 1 / 0 }}", "{% for", "{{ raise_exception('no') }}"):
        with pytest.raises(Mistake, match="chat template cannot be used"):
            read_format(tokenizers["chatml"], template=template)
