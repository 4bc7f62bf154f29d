"""Generation: batches change nothing, draws are fair and repeatable, ends are seen, thoughts are finished."""
from collections import Counter

import numpy
import pytest
import unsloth  # noqa: F401  (first: it patches the libraries below)
import torch
from tiny_models import make_tiny
from unsloth import FastLanguageModel

from cells.answer import sampling
from cells.answer_questions import answer_questions, close_thought
from cells.chat_format import chat_format
from cells.chat_rows import format_prompt
from cells.generate import draw_next, generate
from cells.lora_size import lora_targets
from cells.parse_answer import parse_answer

KINDS = ["gptoss", "qwen3", "llama"]
GREEDY = dict(max_new_tokens=16, temperature=0, top_p=1.0, top_k=0, seed=1)
DRAWN = dict(max_new_tokens=16, temperature=1.0, top_p=0.95, top_k=50, seed=1)
QUESTIONS = ["Why?", "What is honour, and what is that word?", "Tell me of the sea.", "Winter " * 30, "Who?", "Why?"]


@pytest.fixture(scope="module", params=KINDS)
def tuned(request, tmp_path_factory):
    """A tiny model with an adapter that changes it, its tokenizer, chat, and the answers it gave before the adapter."""
    folder = make_tiny(request.param, tmp_path_factory.mktemp(request.param))
    model, tokenizer = FastLanguageModel.from_pretrained(str(folder), load_in_4bit=False, dtype=torch.float32,
                                                         max_seq_length=512)
    chat = chat_format(tokenizer, False, "low")
    prompts = [format_prompt(tokenizer, chat, [{"role": "user", "content": question}]) for question in QUESTIONS]
    untouched = [one["raw"] for one in generate(model, tokenizer, prompts, batch_size=1, **GREEDY)]
    model = FastLanguageModel.get_peft_model(model, r=8, lora_alpha=16, target_modules=lora_targets(model.config, False),
                                             use_gradient_checkpointing=False, random_state=1)
    torch.manual_seed(2)
    for name, weight in model.named_parameters():
        if "lora_B" in name:   # LoRA starts as no change at all
            torch.nn.init.normal_(weight, 0.0, 0.2)
    return model, tokenizer, chat, prompts, untouched


@pytest.mark.parametrize("settings", [GREEDY, DRAWN], ids=["greedy", "drawn"])
def test_batched_answers_equal_single_ones(tuned, settings):
    model, tokenizer, _, prompts, untouched = tuned
    single = [generate(model, tokenizer, [prompt], batch_size=1, **settings)[0]["raw"] for prompt in prompts[:-1]]
    for size in (2, 6):
        assert [one["raw"] for one in generate(model, tokenizer, prompts[:-1], batch_size=size, **settings)] == single
    assert single != untouched[:-1]


def test_disabling_the_adapter_gives_the_untouched_base(tuned):
    model, tokenizer, _, prompts, untouched = tuned
    with model.disable_adapter():
        assert [one["raw"] for one in generate(model, tokenizer, prompts, batch_size=3, **GREEDY)] == untouched
    assert [one["raw"] for one in generate(model, tokenizer, prompts, batch_size=3, **GREEDY)] != untouched


def test_the_same_question_twice_gets_two_answers_and_a_seed_the_same_ones(tuned):
    model, tokenizer, _, prompts, _ = tuned
    first, again, other = ([one["raw"] for one in generate(model, tokenizer, prompts, batch_size=6, **{**DRAWN, "seed": seed})]
                           for seed in (1, 1, 2))
    assert first == again != other and first[0] != first[-1]


@pytest.mark.parametrize("training", [True, False])   # False: between two training steps, after an evaluation
def test_training_goes_on_as_before(tuned, training):
    model, tokenizer, _, prompts, _ = tuned
    model.for_training()
    model.gradient_checkpointing_enable()
    model.train(training)
    tokenizer.padding_side = "right"
    state = lambda: (model.training, model.config.use_cache, tokenizer.padding_side, [
        module.gradient_checkpointing for module in model.modules() if hasattr(module, "gradient_checkpointing")])
    before = state()
    assert True in before[-1]
    generate(model, tokenizer, prompts[:1], batch_size=1, **GREEDY)
    assert state() == before
    model.gradient_checkpointing_disable()
    model.for_inference()


def test_progress_tells_of_every_batch_and_lengths_add_up(tuned):
    model, tokenizer, chat, prompts, _ = tuned
    told = []
    made = generate(model, tokenizer, prompts, batch_size=4, progress=lambda items, label, total=None: (
        told.append(item) or item for item in items), stops=chat["stops"], **GREEDY)
    assert sorted(sum(told, [])) == list(range(6)) and len(told) == 2
    assert all(one["tokens"] == 16 if one["finish_reason"] == "length" else one["tokens"] <= 16 for one in made)
    assert all(one["seconds"] > 0 for one in made)


def test_an_end_token_stops_an_answer_and_is_seen_even_as_the_last_one(tuned):
    model, tokenizer, _, prompts, _ = tuned
    ids = tokenizer(prompts[0], add_special_tokens=False, return_tensors="pt")
    written = model.generate(**ids, max_new_tokens=16, do_sample=False)[0, ids["input_ids"].shape[1]:].tolist()
    first = written.index(written[2])
    for room in (first + 1, 16):   # with no room left after it, too
        made = generate(model, tokenizer, prompts[:1], batch_size=1, stops=[tokenizer.convert_ids_to_tokens(written[2])],
                        **{**GREEDY, "max_new_tokens": room})[0]
        assert made == {"raw": tokenizer.decode(written[:first + 1]), "tokens": first + 1, "finish_reason": "stop",
                        "seconds": made["seconds"]}


def test_draws_follow_the_distribution_top_k_and_top_p():
    scores = torch.log(torch.tensor([[0.4, 0.3, 0.2, 0.1]])).expand(4000, 4)
    streams = [numpy.random.default_rng(n) for n in range(4000)]
    share = lambda **settings: [count / 4000 for _, count in sorted(Counter(
        draw_next(scores, streams, **settings).argmax(-1).tolist()).items())]
    assert share(temperature=1.0, top_p=1.0, top_k=0) == pytest.approx([0.4, 0.3, 0.2, 0.1], abs=0.03)
    assert share(temperature=1.0, top_p=1.0, top_k=2) == pytest.approx([4 / 7, 3 / 7], abs=0.03)
    assert share(temperature=1.0, top_p=0.69, top_k=0) == pytest.approx([4 / 7, 3 / 7], abs=0.03)
    assert share(temperature=1.0, top_p=0.01, top_k=0) == [1.0]
    assert share(temperature=0.5, top_p=1.0, top_k=0) == pytest.approx([16 / 30, 9 / 30, 4 / 30, 1 / 30], abs=0.03)


@pytest.mark.parametrize("kind, thought, close", [
    ("gptoss", "<|channel|>analysis<|message|>Hm, and", "<|end|><|start|>assistant<|channel|>final<|message|>"),
    ("qwen3", "<think>\nHm, and", "\n</think>\n\n")])
def test_a_thought_that_took_all_tokens_is_closed_and_answered(kind, thought, close, tmp_path):
    _, tokenizer = FastLanguageModel.from_pretrained(str(make_tiny(kind, tmp_path)), load_in_4bit=False, dtype=torch.float32)
    chat = chat_format(tokenizer, True, "low")
    asked = []
    def write(model, tokenizer, prompts, stops, **settings):
        asked.extend(prompts)
        return [{"raw": "Air." + chat["end"], "tokens": 3, "finish_reason": "stop", "seconds": 1.0} if close in prompt else
                {"raw": thought, "tokens": 9, "finish_reason": "length", "seconds": 2.0} for prompt in prompts]
    made = answer_questions(None, tokenizer, chat, ["What is honour?"], "Be brief.", format_prompt=format_prompt,
                            parse_answer=parse_answer, generate=write)[0]
    assert made["answer"] == "Air." and made["thinking"] == "Hm, and" and made["finish_reason"] == "stop"
    assert asked[1] == asked[0] + thought + close and close == close_thought(chat)
    assert (made["tokens"], made["bytes"], made["seconds"]) == (12, 4, 3.0)
    assert made["raw"] == thought + close + "Air." + chat["end"]


def test_no_questions_no_answers(tuned):
    model, tokenizer, chat, *_ = tuned
    assert answer_questions(model, tokenizer, chat, [], "", format_prompt=format_prompt, parse_answer=parse_answer,
                            generate=generate, batch_size=4, **GREEDY) == []


def test_settings_that_are_none_are_the_recommended_ones():
    assert sampling({"learned": "", "thinking": True}) == {"temperature": 0.6, "top_p": 0.95, "top_k": 20}
    assert sampling({"learned": "", "thinking": False}, temperature=0) == {"temperature": 0, "top_p": 0.8, "top_k": 20}
    assert sampling({"learned": "<|channel|>", "thinking": False})["temperature"] == 1.0
