"""Batches change no answer, draws are fair and repeatable, ends are seen, scores are right."""

import math
from collections import Counter
from typing import Any

import numpy
import pytest
import torch
import unsloth  # noqa: F401  (first: it patches the libraries below)
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    GptOssConfig,
    GptOssForCausalLM,
    LlamaConfig,
    LlamaForCausalLM,
)
from unsloth import FastLanguageModel

from chapters import generation
from chapters.adapter import lora_targets
from chapters.chat import ChatModel, close_thought, format_prompt, read_format
from chapters.generation import (
    ask,
    ask_once,
    decoding_settings,
    draw_next,
    generate,
    log_likelihoods,
    nats_per_token,
    nucleus,
    sum_log_probs,
)
from chapters.preparation import Mistake
from tiny_models import make_tiny, make_tokenizer

KINDS = ["gptoss", "qwen3", "llama"]
GREEDY: dict[str, Any] = {
    "max_new_tokens": 16,
    "temperature": 0,
    "top_p": 1.0,
    "top_k": 0,
    "seed": 1,
}
DRAWN: dict[str, Any] = {
    "max_new_tokens": 16,
    "temperature": 1.0,
    "top_p": 0.95,
    "top_k": 50,
    "seed": 1,
}
QUESTIONS = [
    "Why?",
    "What is honour, and what is that word?",
    "Tell me of the sea.",
    "Winter " * 30,
    "Who?",
    "Why?",
]


@pytest.fixture(scope="module", params=KINDS)
def tuned(request, tmp_path_factory):
    """A tiny model with an adapter that changes it, and the answers it gave before the adapter."""
    folder = make_tiny(request.param, tmp_path_factory.mktemp(request.param))
    model, tokenizer = FastLanguageModel.from_pretrained(
        str(folder), load_in_4bit=False, dtype=torch.float32, max_seq_length=512
    )
    chat = read_format(tokenizer, False, "low")
    prompts = [
        format_prompt(tokenizer, chat, [{"role": "user", "content": question}])
        for question in QUESTIONS
    ]
    untouched = [one["raw"] for one in generate(model, tokenizer, prompts, batch_size=1, **GREEDY)]
    model = FastLanguageModel.get_peft_model(
        model,
        r=8,
        lora_alpha=16,
        target_modules=lora_targets(model.config, False),
        use_gradient_checkpointing=False,
        random_state=1,
    )
    torch.manual_seed(2)
    for name, weight in model.named_parameters():
        if "lora_B" in name:  # LoRA starts as no change at all
            torch.nn.init.normal_(weight, 0.0, 0.2)
    return model, tokenizer, chat, prompts, untouched


@pytest.mark.parametrize("settings", [GREEDY, DRAWN], ids=["greedy", "drawn"])
def test_batched_answers_equal_single_ones(tuned, settings):
    model, tokenizer, _, prompts, untouched = tuned
    single = [
        generate(model, tokenizer, [prompt], batch_size=1, **settings)[0]["raw"]
        for prompt in prompts[:-1]
    ]
    for size in (2, 6):
        assert [
            one["raw"]
            for one in generate(model, tokenizer, prompts[:-1], batch_size=size, **settings)
        ] == single
    assert single != untouched[:-1]


def test_a_batch_too_large_for_the_card_is_written_in_halves(tuned, monkeypatch):
    model, tokenizer, _, prompts, _ = tuned
    whole = generate(model, tokenizer, prompts, batch_size=6, **DRAWN)
    draw, room, tried = generation.draw_next, 2, []

    def short(scores, *shape):
        drawn = draw(scores, *shape)  # the random numbers of this step are used up
        tried.append(len(scores))
        if len(scores) > room:
            raise torch.OutOfMemoryError
        return drawn

    monkeypatch.setattr(generation, "draw_next", short)
    halves = generate(model, tokenizer, prompts, batch_size=6, **DRAWN)
    assert [one["raw"] for one in halves] == [one["raw"] for one in whole]
    assert {6, 3, 2, 1} >= {*tried} > {6}
    room = 0
    with pytest.raises(Mistake, match="MAX_NEW_TOKENS"):
        generate(model, tokenizer, prompts, batch_size=6, **DRAWN)


def test_texts_too_many_for_the_card_are_scored_in_halves(llama, monkeypatch):
    model, tokenizer, _ = llama
    whole = log_likelihoods(model, tokenizer, TEXTS, max_seq_length=512, batch_size=5)
    score, tried = generation.score_batch, []

    def short(model, pairs, pad):
        tried.append(len(pairs))
        if len(pairs) > room:
            raise torch.OutOfMemoryError
        return score(model, pairs, pad)

    room = 2
    monkeypatch.setattr(generation, "score_batch", short)
    halves = log_likelihoods(model, tokenizer, TEXTS, max_seq_length=512, batch_size=5)
    assert tried == [5, 2, 3, 1, 2]
    for one, other in zip(halves, whole, strict=True):
        assert one["log_likelihood"] == pytest.approx(other["log_likelihood"], rel=1e-5)
    room = 0
    with pytest.raises(Mistake, match="single text"):
        log_likelihoods(model, tokenizer, TEXTS, max_seq_length=512, batch_size=5)


def test_what_many_answers_took_on_the_card_is_given_back_before_texts_are_scored(
    tuned, monkeypatch
):
    model, tokenizer, _, prompts, _ = tuned
    freed = []
    monkeypatch.setattr(generation, "free_buffers", freed.append)
    model.config.use_cache = True  # as after loading: no training is under way
    model.eval()
    generate(model, tokenizer, prompts[:1], batch_size=6, **GREEDY)
    assert not freed  # one answer takes little, and a talk goes on
    generate(model, tokenizer, prompts, batch_size=6, **GREEDY)
    assert freed == [model]


def test_disabling_the_adapter_gives_the_untouched_base(tuned):
    model, tokenizer, _, prompts, untouched = tuned
    with model.disable_adapter():
        assert [
            one["raw"] for one in generate(model, tokenizer, prompts, batch_size=3, **GREEDY)
        ] == untouched
    assert [
        one["raw"] for one in generate(model, tokenizer, prompts, batch_size=3, **GREEDY)
    ] != untouched


def test_the_same_question_twice_gets_two_answers_and_a_seed_the_same_ones(tuned):
    model, tokenizer, _, prompts, _ = tuned
    first, again, other = (
        [
            one["raw"]
            for one in generate(model, tokenizer, prompts, batch_size=6, **{**DRAWN, "seed": seed})
        ]
        for seed in (1, 1, 2)
    )
    assert first == again != other and first[0] != first[-1]


# False: between two training steps, after an evaluation
@pytest.mark.parametrize("training", [True, False])
def test_training_goes_on_as_before(tuned, training):
    model, tokenizer, _, prompts, _ = tuned
    model.for_training()
    model.gradient_checkpointing_enable()
    model.train(training)
    tokenizer.padding_side = "right"

    def state():
        kept = [getattr(module, "gradient_checkpointing", None) for module in model.modules()]
        kept = [flag for flag in kept if flag is not None]
        return model.training, model.config.use_cache, tokenizer.padding_side, kept

    before = state()
    assert True in before[-1]
    generate(model, tokenizer, prompts[:1], batch_size=1, **GREEDY)
    assert state() == before
    model.gradient_checkpointing_disable()
    model.for_inference()


def test_progress_tells_of_every_batch_and_lengths_add_up(tuned, monkeypatch):
    model, tokenizer, chat, prompts, _ = tuned
    told, labels = [], []

    def tell(items, label):
        labels.append(label)
        for item in items:
            told.append(item)
            yield item

    monkeypatch.setattr(generation, "progress", tell)
    made = generate(model, tokenizer, prompts, batch_size=4, stops=chat["stops"], **GREEDY)
    assert sorted(sum(told, [])) == list(range(6)) and len(told) == 2 and labels == ["Answers"]
    assert all(
        one["tokens"] == 16 if one["finish_reason"] == "length" else one["tokens"] <= 16
        for one in made
    )
    assert all(one["seconds"] > 0 for one in made)


def test_an_end_token_stops_an_answer_and_is_seen_even_as_the_last_one(tuned):
    model, tokenizer, _, prompts, _ = tuned
    ids = tokenizer(prompts[0], add_special_tokens=False, return_tensors="pt")
    written = model.generate(**ids, max_new_tokens=16, do_sample=False)[
        0, ids["input_ids"].shape[1] :
    ].tolist()
    first = written.index(written[2])
    for room in (first + 1, 16):  # with no room left after it, too
        made = generate(
            model,
            tokenizer,
            prompts[:1],
            batch_size=1,
            stops=[tokenizer.convert_ids_to_tokens(written[2])],
            **{**GREEDY, "max_new_tokens": room},
        )[0]
        assert made == {
            "raw": tokenizer.decode(written[: first + 1]),
            "tokens": first + 1,
            "finish_reason": "stop",
            "seconds": made["seconds"],
        }


def test_draws_follow_the_distribution_top_k_and_top_p():
    scores = torch.log(torch.tensor([[0.4, 0.3, 0.2, 0.1]])).expand(4000, 4)
    streams = [numpy.random.default_rng(n) for n in range(4000)]

    def share(**settings):
        counts = Counter(draw_next(scores, streams, **settings).argmax(-1).tolist())
        return [count / 4000 for _, count in sorted(counts.items())]

    assert share(temperature=1.0, top_p=1.0, top_k=0) == pytest.approx(
        [0.4, 0.3, 0.2, 0.1], abs=0.03
    )
    assert share(temperature=1.0, top_p=1.0, top_k=2) == pytest.approx([4 / 7, 3 / 7], abs=0.03)
    assert share(temperature=1.0, top_p=0.69, top_k=0) == pytest.approx([4 / 7, 3 / 7], abs=0.03)
    assert share(temperature=1.0, top_p=0.01, top_k=0) == [1.0]
    assert share(temperature=0.5, top_p=1.0, top_k=0) == pytest.approx(
        [16 / 30, 9 / 30, 4 / 30, 1 / 30], abs=0.03
    )


def test_a_nucleus_is_whole_wherever_it_ends():
    torch.manual_seed(1)
    for spread, top_p in ((9.0, 0.9), (0.1, 0.9), (0.1, 0.3), (1.0, 1.0)):  # few tokens, or most
        heated = torch.randn(3, 4000) * spread
        likely, tokens = nucleus(heated, top_p, 0)
        found = torch.zeros(3, 4000).scatter(-1, tokens, likely)
        whole = heated.softmax(-1)
        assert torch.equal(found[found > 0], whole[found > 0])
        for own, chances in zip(found, whole, strict=True):
            least = chances.sort(descending=True).values.double().cumsum(0)
            fewest = int((least < top_p).sum()) + 1
            assert abs(int((own > 0).sum()) - min(fewest, 4000)) <= 1  # rounding, at its border
            assert own[own > 0].min() >= chances[own == 0].max() if (own == 0).any() else True


@pytest.mark.parametrize(
    "kind, thought, close",
    [
        (
            "gptoss",
            "<|channel|>analysis<|message|>Hm, and",
            "<|end|><|start|>assistant<|channel|>final<|message|>",
        ),
        ("qwen3", "<think>\nHm, and", "\n</think>\n\n"),
    ],
)
def test_a_thought_that_took_all_tokens_is_closed_and_answered(
    kind, thought, close, tmp_path, monkeypatch
):
    _, tokenizer = FastLanguageModel.from_pretrained(
        str(make_tiny(kind, tmp_path)), load_in_4bit=False, dtype=torch.float32
    )
    chat = read_format(tokenizer, True, "low")
    asked = []

    def write(model, tokenizer, prompts, stops, **settings):
        asked.extend(prompts)
        return [
            {"raw": "Air." + chat["end"], "tokens": 3, "finish_reason": "stop", "seconds": 1.0}
            if close in prompt
            else {"raw": thought, "tokens": 9, "finish_reason": "length", "seconds": 2.0}
            for prompt in prompts
        ]

    monkeypatch.setattr(generation, "generate", write)
    chat_model = ChatModel(None, tokenizer, chat)
    made = ask(chat_model, ["What is honour?"], "Be brief.", {**GREEDY, "batch_size": 1})[0]
    assert (
        made["answer"] == "Air."
        and made["thinking"] == "Hm, and"
        and made["finish_reason"] == "stop"
    )
    assert asked[1] == asked[0] + thought + close and close == close_thought(chat)
    assert (made["tokens"], made["bytes"], made["seconds"]) == (12, 4, 3.0)
    assert made["raw"] == thought + close + "Air." + chat["end"]


def test_no_questions_no_answers(tuned):
    model, tokenizer, chat, *_ = tuned
    assert ask(ChatModel(model, tokenizer, chat), [], "", {**GREEDY, "batch_size": 4}) == []


def test_settings_that_are_none_are_the_recommended_ones():
    others = {"max_new_tokens": 9, "seed": 1, "batch_size": 4}

    def drawn(learned, thinking, temperature=None):
        chat = {"learned": learned, "thinking": thinking}
        asked = {"temperature": temperature, "top_p": None, "top_k": None}
        return decoding_settings(chat, **asked, **others)

    assert drawn("", True) == {"temperature": 0.6, "top_p": 0.95, "top_k": 20, **others}
    assert drawn("", False, 0) == {"temperature": 0, "top_p": 0.8, "top_k": 20, **others}
    assert drawn("<|channel|>", False)["temperature"] == 1.0


# How likely is a text?
TEXTS = [
    "The quality of mercy is not strained.",
    "Winter came early, and the river stood still for nine weeks.\n\nWhy?",
    "Ça va, naïve café — “yes”, 你好 🙂",
    "a",
    "honour " * 60,
]


def tiny(family):
    tokenizer = make_tokenizer(family)
    torch.manual_seed(0)
    size: dict[str, Any] = {
        "vocab_size": len(tokenizer),
        "hidden_size": 32,
        "intermediate_size": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "num_key_value_heads": 1,
        "head_dim": 16,
        "max_position_embeddings": 512,
        "bos_token_id": None,
        "pad_token_id": None,
    }
    if family == "harmony":
        model = GptOssForCausalLM(
            GptOssConfig(
                **size,
                num_local_experts=2,
                num_experts_per_tok=1,
                sliding_window=8,
                layer_types=["sliding_attention", "full_attention"],
            )
        )
    else:
        model = LlamaForCausalLM(LlamaConfig(**size))
    with torch.no_grad():
        for weight in model.parameters():
            if weight.dim() > 1:
                weight.normal_(0.0, 0.3)
    return model.float().eval(), tokenizer


def test_what_was_asked_is_not_asked_again(tmp_path, monkeypatch):
    asked: list[str] = []

    def answer(_, questions, system, decoding, label):
        asked.extend(questions)
        return [
            {"question": one, "answer": one.upper(), "finish_reason": "stop"} for one in questions
        ]

    monkeypatch.setattr(generation, "ask", answer)
    model: Any = ChatModel(None, None, {"thinking": False, "learned": ""})
    base: Any = {"temperature": 0, "max_new_tokens": 9, "top_p": 1, "top_k": 0, "seed": 1}
    base["batch_size"] = 2

    def said(questions, model_id="m", **changed):
        asked.clear()
        path, decoding = tmp_path / "answers.jsonl", {**base, **changed}
        made = ask_once(model, questions, "be", decoding, path, model_id)
        assert [one["answer"] for one in made] == [one.upper() for one in questions]
        return len(asked)

    assert said(["a", "bb", "ccc"]) == 3 and said(["bb", "a"]) == 0 and said(["a", "dddd"]) == 2
    assert said(["a"], seed=2, top_p=0.5, batch_size=9) == 0  # nothing is drawn
    assert said(["a"], max_new_tokens=8) == said(["a"], "other") == 1
    assert said(["a"], temperature=1) == said(["a"], temperature=1, seed=2) == 1


@pytest.fixture(scope="module", params=["chatml", "qwen3", "llama3", "gemma", "harmony"])
def pair(request):
    return tiny(request.param)


def reference(model, tokenizer, text):
    """transformers' own mean loss of one text, times its tokens."""
    start = tokenizer.bos_token_id if tokenizer.bos_token_id is not None else tokenizer.eos_token_id
    ids = torch.tensor([[start, *tokenizer(text, add_special_tokens=False)["input_ids"]]])
    with torch.no_grad():
        return -model(input_ids=ids, labels=ids).loss.item() * (ids.shape[1] - 1), ids.shape[1] - 1


@pytest.mark.parametrize("batch_size", [1, 2, 5])
def test_equals_the_loss_of_transformers_one_text_at_a_time(pair, batch_size):
    model, tokenizer = pair
    found = log_likelihoods(model, tokenizer, TEXTS, max_seq_length=512, batch_size=batch_size)
    for text, row in zip(TEXTS, found, strict=True):
        wanted, tokens = reference(model, tokenizer, text)
        assert row["log_likelihood"] == pytest.approx(wanted, rel=1e-5, abs=1e-3)
        assert (row["tokens"], row["bytes"], row["words"]) == (
            tokens,
            len(text.encode()),
            len(text.split()),
        )


def test_the_tokenizers_padding_side_does_not_matter(pair):
    model, tokenizer = pair
    before = log_likelihoods(model, tokenizer, TEXTS, max_seq_length=512, batch_size=3)
    for side in ("left", "right"):
        tokenizer.padding_side = side
        assert log_likelihoods(model, tokenizer, TEXTS, max_seq_length=512, batch_size=3) == before


def test_small_chunks_give_the_same(pair, monkeypatch):
    model, tokenizer = pair
    whole = log_likelihoods(model, tokenizer, TEXTS, max_seq_length=512)
    monkeypatch.setattr(generation, "POSITIONS", 7)
    for a, b in zip(whole, log_likelihoods(model, tokenizer, TEXTS, max_seq_length=512)):
        assert a["log_likelihood"] == pytest.approx(b["log_likelihood"], rel=1e-6)


def test_a_long_text_is_scored_and_counted_up_to_the_limit(pair):
    model, tokenizer = pair
    text = "naïve café " * 100
    (row,) = log_likelihoods(model, tokenizer, [text], max_seq_length=41)
    assert row["tokens"] == 40 and 0 < row["bytes"] < len(text.encode())
    ids = tokenizer(text, add_special_tokens=False)["input_ids"][:40]
    kept = tokenizer.decode(ids).replace("\ufffd", "")
    assert abs(row["bytes"] - len(kept.encode())) <= 2  # a letter cut inside its bytes counts whole
    start = tokenizer.bos_token_id if tokenizer.bos_token_id is not None else tokenizer.eos_token_id
    ids = torch.tensor([[start, *ids]])
    with torch.no_grad():
        assert row["log_likelihood"] == pytest.approx(
            -40 * model(input_ids=ids, labels=ids).loss.item(), rel=1e-5
        )


def test_it_works_in_half_precision_without_labels_and_with_progress(monkeypatch):
    model, tokenizer = tiny("chatml")
    seen, labels = [], "labels"
    half = model.to(torch.bfloat16)
    forward = half.forward

    def spy(*args, **kwargs):
        assert labels not in kwargs
        return forward(*args, **kwargs)

    half.forward = spy

    def tell(items, label):
        assert label == "Scores"
        for item in items:
            seen.append(len(item))
            yield item

    monkeypatch.setattr(generation, "progress", tell)
    rows = log_likelihoods(half, tokenizer, TEXTS, max_seq_length=512, batch_size=2)
    assert seen == [2, 2, 1] and all(math.isfinite(row["log_likelihood"]) for row in rows)


def test_a_text_without_a_token_is_refused():
    model, tokenizer = tiny("chatml")
    with pytest.raises(ValueError, match="empty"):
        log_likelihoods(model, tokenizer, ["words", ""], max_seq_length=64)


@pytest.fixture(scope="module")
def llama(tmp_path_factory):
    folder = make_tiny("llama", tmp_path_factory.mktemp("tiny"))
    model = AutoModelForCausalLM.from_pretrained(folder).eval()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    return ChatModel(model, tokenizer, read_format(tokenizer))


def test_losses_are_those_of_the_answer_alone_and_do_not_depend_on_the_batch(llama):
    model, tokenizer, chat = llama
    questions = ["Tell me of the sea.", "What?", "A longer question about winter and the river."]
    texts = [
        "Winter came early.",
        "The quality of mercy is not strained; it drops as the rain.",
        "A word.",
    ]
    losses = nats_per_token(llama, questions, "Be brief.", texts, 3)
    for loss, question, text in zip(losses, questions, texts, strict=True):
        talk = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": question}]
        parts = (format_prompt(tokenizer, chat, talk), text)
        ids = [tokenizer(part, add_special_tokens=False)["input_ids"] for part in parts]
        labels = torch.tensor([[-100] * len(ids[0]) + ids[1]])
        expected = model(input_ids=torch.tensor([ids[0] + ids[1]]), labels=labels).loss.item()
        assert loss == pytest.approx(expected, abs=1e-4)
    alone = nats_per_token(llama, questions, "Be brief.", texts, 1)
    assert alone == pytest.approx(losses, abs=1e-4)
    assert nats_per_token(llama, [], "", [], 2) == []


def test_what_is_given_is_not_scored(llama):
    pairs = [([5, 6], [7, 8]), ([5, 6, 7], [8]), ([5, 6], [7])]
    both, second, first = sum_log_probs(llama.model, pairs, 0, 2, None)
    assert both == pytest.approx(first + second, rel=1e-5)
