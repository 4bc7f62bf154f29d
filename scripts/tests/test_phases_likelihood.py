"""Log-likelihoods against transformers' own loss on tiny random models, and the figures made from them."""
import math
import random

import numpy as np
import pytest
import torch
from transformers import GptOssConfig, GptOssForCausalLM, LlamaConfig, LlamaForCausalLM

from cells import log_likelihoods as cell
from cells.log_likelihoods import log_likelihoods
from cells.perplexity import corpus_scores, likelihood_measures
from tiny_models import make_tokenizer

TEXTS = ["The quality of mercy is not strained.", "Winter came early, and the river stood still for nine weeks.\n\nWhy?",
         "Ça va, naïve café — “yes”, 你好 🙂", "a", "honour " * 60]


def tiny(family):
    tokenizer = make_tokenizer(family)
    torch.manual_seed(0)
    size = dict(vocab_size=len(tokenizer), hidden_size=32, intermediate_size=32, num_hidden_layers=2, num_attention_heads=2,
                num_key_value_heads=1, head_dim=16, max_position_embeddings=512, bos_token_id=None, pad_token_id=None)
    if family == "harmony":
        model = GptOssForCausalLM(GptOssConfig(**size, num_local_experts=2, num_experts_per_tok=1, sliding_window=8,
                                               layer_types=["sliding_attention", "full_attention"]))
    else:
        model = LlamaForCausalLM(LlamaConfig(**size))
    with torch.no_grad():
        for weight in model.parameters():
            if weight.dim() > 1:
                weight.normal_(0.0, 0.3)
    return model.float().eval(), tokenizer


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
        assert (row["tokens"], row["bytes"], row["words"]) == (tokens, len(text.encode()), len(text.split()))


def test_the_tokenizers_padding_side_does_not_matter(pair):
    model, tokenizer = pair
    before = log_likelihoods(model, tokenizer, TEXTS, max_seq_length=512, batch_size=3)
    for side in ("left", "right"):
        tokenizer.padding_side = side
        assert log_likelihoods(model, tokenizer, TEXTS, max_seq_length=512, batch_size=3) == before


def test_small_chunks_give_the_same(pair, monkeypatch):
    model, tokenizer = pair
    whole = log_likelihoods(model, tokenizer, TEXTS, max_seq_length=512)
    monkeypatch.setattr(cell, "POSITIONS", 7)
    for a, b in zip(whole, log_likelihoods(model, tokenizer, TEXTS, max_seq_length=512)):
        assert a["log_likelihood"] == pytest.approx(b["log_likelihood"], rel=1e-6)


def test_a_long_text_is_scored_and_counted_up_to_the_limit(pair):
    model, tokenizer = pair
    text = "naïve café " * 100
    row, = log_likelihoods(model, tokenizer, [text], max_seq_length=41)
    assert row["tokens"] == 40 and 0 < row["bytes"] < len(text.encode())
    ids = tokenizer(text, add_special_tokens=False)["input_ids"][:40]
    kept = tokenizer.decode(ids).replace("\ufffd", "")
    assert abs(row["bytes"] - len(kept.encode())) <= 2  # a letter cut inside its bytes counts whole
    start = tokenizer.bos_token_id if tokenizer.bos_token_id is not None else tokenizer.eos_token_id
    ids = torch.tensor([[start, *ids]])
    with torch.no_grad():
        assert row["log_likelihood"] == pytest.approx(-40 * model(input_ids=ids, labels=ids).loss.item(), rel=1e-5)


def test_it_works_in_half_precision_without_labels_and_with_progress():
    model, tokenizer = tiny("chatml")
    seen, labels = [], "labels"
    half = model.to(torch.bfloat16)
    forward = half.forward

    def spy(*args, **kwargs):
        assert labels not in kwargs
        return forward(*args, **kwargs)
    half.forward = spy

    def progress(items, label, total=None):
        for item in items:
            seen.append(len(item))
            yield item
    rows = log_likelihoods(half, tokenizer, TEXTS, max_seq_length=512, batch_size=2, progress=progress)
    assert seen == [2, 2, 1] and all(math.isfinite(row["log_likelihood"]) for row in rows)


def test_a_text_without_a_token_is_refused():
    model, tokenizer = tiny("chatml")
    with pytest.raises(ValueError, match="empty"):
        log_likelihoods(model, tokenizer, ["words", ""], max_seq_length=64)


# From log-likelihoods to figures

def rows(values, tokens=10, size=40):
    return [{"id": str(n), "set": "held_out", "log_likelihood": v, "tokens": tokens * (n + 1), "bytes": size * (n + 1),
             "words": 7} for n, v in enumerate(values)]


def test_a_uniform_model_has_its_vocabulary_as_perplexity():
    uniform = [{**row, "log_likelihood": -row["tokens"] * math.log(256)} for row in rows([0, 0, 0], size=10)]
    assert corpus_scores(uniform) == {"perplexity": pytest.approx(256), "bits_per_byte": pytest.approx(8)}


def test_tokens_and_bytes_weigh():
    scores = corpus_scores(rows([-10.0, -60.0]))  # 10 and 20 tokens, 40 and 80 bytes
    assert scores["perplexity"] == pytest.approx(math.exp(70 / 30))
    assert scores["bits_per_byte"] == pytest.approx(70 / math.log(2) / 120)


def test_nothing_scored_is_an_error():
    with pytest.raises(ValueError, match="no scored text"):
        corpus_scores([])


def test_the_weighted_mean_of_a_measure_is_the_figure_of_the_corpus():
    rnd = random.Random(3)
    base, tuned = (rows([-rnd.uniform(20, 90) for _ in range(12)]) for _ in range(2))
    made = likelihood_measures(base, tuned, "held_out", "held out")
    for side, records in (("base", base), ("tuned", tuned)):
        scores = corpus_scores(records)
        mean = {name: np.average(m[side], weights=m["weights"]) for name, m in made.items()}
        assert np.exp(mean["held_out_perplexity"]) == pytest.approx(scores["perplexity"], abs=1e-9)
        assert mean["held_out_bits_per_byte"] == pytest.approx(scores["bits_per_byte"], abs=1e-9)
    assert all(m["better"] == "lower" and m["author"] is None for m in made.values())


def test_sides_that_scored_different_texts_are_refused():
    base = rows([-10, -20])
    for changed in (base[::-1], base[:1], [{**base[0], "tokens": 11}, base[1]]):
        with pytest.raises(ValueError, match="different texts"):
            likelihood_measures(base, changed, "held_out", "held out")
