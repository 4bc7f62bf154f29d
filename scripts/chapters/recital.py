# %% id="recital-imports"
"""How likely does a model say on from the middle of a text, word for word as the text does?"""

from chapters.generation import Decoding, in_batches, nucleus

# %% [markdown] id="recital-windows-text"
# #### Extraction, without a single try
# Given 50 tokens of a text, how likely are the next 50 exactly those of the text? Drawing answers
# would take millions to see what is rare. But the chance of each token is known, so their product
# is the chance of the whole, from reading the text once: (n, p)-discoverable extraction (Hayes et
# al. 2024, arXiv 2410.19482). It is that of the sampling which the answers have, so that tokens
# which temperature, top-p and top-k leave out make the chance zero.

# %% id="recital-windows"
import math
import random
from typing import Any, TypedDict

GIVEN, WANTED = 50, 50  # tokens
WINDOWS_AT_ONCE = 8


class Recital(TypedDict):
    """One window of a text, and how likely the model says it."""

    id: str  # of the text
    prefix: str
    suffix: str
    log_probability: float | None  # of the whole suffix, nats; None: it is never drawn


def choose_windows(lengths: list[int], count: int, seed: int) -> list[tuple[int, int]]:
    """Return up to `count` different (text, first token) of windows that do not overlap, drawn with
    `seed` from texts of so many tokens, in their order."""
    size = GIVEN + WANTED
    all_of = [
        (n, at) for n, length in enumerate(lengths) for at in range(0, length - size + 1, size)
    ]
    return sorted(random.Random(seed).sample(all_of, min(count, len(all_of))))


# %% [markdown] id="recital-chance-text"
# #### The chance of what comes next
# A token that the sampling leaves out has none; the others share what it leaves to them.


# %% id="recital-chance"
def drawn_log_probs(scores: Any, wanted: Any, temperature: float, top_p: float, top_k: int) -> Any:
    """Return the log-probability with which `draw_next` draws each of the tokens `wanted` (places)
    from `scores` (places × vocabulary); -inf for one that it leaves out."""
    import torch

    scores, wanted = scores.float(), wanted[:, None]
    if not temperature:
        first = scores.argmax(-1, keepdim=True)
        return torch.where(first == wanted, 0.0, -torch.inf)[:, 0]
    if top_p >= 1 and not top_k:
        return (scores / temperature).log_softmax(-1).gather(-1, wanted)[:, 0]
    likely, tokens = nucleus(scores / temperature, top_p, top_k)
    own = likely.masked_fill(tokens != wanted, 0.0).sum(-1)
    return (own / likely.sum(-1)).log()


def suffix_log_probs(model: Any, rows: list[list[int]], how: Decoding) -> list[float]:
    """Return the log-probability of the last WANTED tokens of each row of token ids, all of one
    length; -inf where they are never drawn."""
    import torch

    ids = torch.tensor(rows, device=model.device)
    with torch.no_grad():
        logits = model(input_ids=ids, attention_mask=torch.ones_like(ids)).logits
    sums = []
    for n in range(len(rows)):
        scores, wanted = logits[n, -WANTED - 1 : -1], ids[n, -WANTED:]
        shape = how["temperature"], how["top_p"], how["top_k"]
        sums.append(drawn_log_probs(scores, wanted, *shape).double().sum().item())
    return sums


def recite(
    model: Any,
    tokenizer: Any,
    texts: list[Any],
    how: Decoding,
    count: int,
    label: str | None = "Recital",
) -> list[Recital]:
    """Return a Recital for up to `count` windows of the `texts` ({"id", "text"}), with the sampling
    `how`. Texts of fewer than GIVEN + WANTED tokens have none.

    A window follows the tokenizer's BOS token, or its EOS token where there is no BOS."""
    bos, eos = tokenizer.bos_token_id, tokenizer.eos_token_id
    ids = tokenizer([row["text"] for row in texts], add_special_tokens=False)["input_ids"]
    places = choose_windows(list(map(len, ids)), count, how["seed"])
    rows = [ids[n][at : at + GIVEN + WANTED] for n, at in places]

    def score(batch: list[int]) -> list[float]:
        given = [[eos if bos is None else bos, *rows[n]] for n in batch]
        return suffix_log_probs(model, given, how)

    sums = in_batches(model, score, list(map(len, rows)), WINDOWS_AT_ONCE, label)
    made = []
    for (n, _), row, total in zip(places, rows, sums, strict=True):
        shown = [tokenizer.decode(part) for part in (row[:GIVEN], row[GIVEN:])]
        known = None if total == -math.inf else total
        of = texts[n]["id"]
        made.append(Recital(id=of, prefix=shown[0], suffix=shown[1], log_probability=known))
    return made
