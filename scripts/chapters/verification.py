# %% id="verification-imports"
"""Is it the same author's? Verification as the PAN evaluations report it, and a style embedding."""

from chapters.measures import Measure, score_measure
from chapters.preparation import Mistake
from chapters.safety import check_weights

# %% [markdown] id="verification-scores-text"
# #### Authorship verification
# The classifier's probability that a text is the author's is an answer to PAN's question; near one
# half it leaves the question open. Five figures, as PAN has them (Bevendorff et al. 2022): AUC, how
# well the order is; c@1, the share of right answers, where an open one earns that share (Peñas &
# Rodrigo 2011); F0.5u, which asks most of the claims "same author" (Bevendorff et al. 2019); F1;
# and the Brier score, here as its complement, so that 1 is best of all five.

# %% id="verification-scores"
from pathlib import Path
from typing import Any

import numpy as np

OPEN = 0.02  # so near one half a probability counts as no answer
AGAINST = {"others": "text by others", "base": "base model", "tuned": "tuned model"}


def auc_of(same: Any, different: Any) -> float:
    """Return the chance that a text of the author has the higher probability; a tie is half."""
    first, second = np.array(same)[:, None], np.array(different)[None]
    return float(((first > second) + 0.5 * (first == second)).mean())


def auc_interval(same: Any, different: Any, resamples: int, seed: int) -> tuple[float, float]:
    """Return (low, high) of `auc_of`, both sides drawn anew (percentiles)."""
    first, second = np.array(same), np.array(different)
    wins = (first[:, None] > second[None]) + 0.5 * (first[:, None] == second[None])
    rng, size = np.random.default_rng(seed), len(first)
    found = []
    for _ in range(resamples):
        rows, columns = rng.integers(size, size=size), rng.integers(len(second), size=len(second))
        found.append(wins[np.ix_(rows, columns)].mean())
    low, high = np.quantile(found, [0.025, 0.975])
    return float(low), float(high)


def verification_scores(same: list[float], different: list[float]) -> dict[str, float]:
    """Return PAN's five figures of probabilities for texts of the author and of others, 0 to 1."""
    truth = np.array([1] * len(same) + [0] * len(different))
    chance = np.array([*same, *different], float)
    is_open, said = np.abs(chance - 0.5) <= OPEN, chance > 0.5
    count, right = len(truth), int(((said == truth) & ~is_open).sum())
    hits = int((said & (truth == 1) & ~is_open).sum())
    false = int((said & (truth == 0) & ~is_open).sum())
    missed = int((~said & (truth == 1) & ~is_open).sum())
    strict = 1.25 * hits + 0.25 * (missed + int(is_open.sum())) + false
    return {
        "AUC": auc_of(same, different),
        "c@1": (right + is_open.sum() * right / count) / count,
        "F0.5u": 1.25 * hits / strict if strict else 0.0,
        "F1": 2 * hits / (2 * hits + false + missed) if hits else 0.0,
        "Brier": 1 - float(((chance - truth) ** 2).mean()),
    }


def verification_rows(measure: Any, resamples: int, seed: int) -> list[dict[str, Any]]:
    """Return the scores of the author's unseen text against each of AGAINST, from the classifier's
    measure: "against", "texts", the five figures, "low" and "high" of the AUC."""
    own = [value for value in measure["author"] or [] if value is not None]
    rows = []
    for kind, name in AGAINST.items():
        theirs = [value for value in measure.get(kind) or [] if value is not None]
        if own and theirs:
            low, high = auc_interval(own, theirs, resamples, seed)
            about = {"against": name, "texts": len(theirs), "low": low, "high": high}
            rows.append({**about, **verification_scores(own, theirs)})
    return rows


def verification_table(rows: list[dict[str, Any]]) -> Any:
    """Return `verification_rows` as a data frame to read."""
    import pandas  # not sooner: slow to import

    lines = []
    for row in rows:
        auc = f"{row['AUC']:.2f} [{row['low']:.2f}, {row['high']:.2f}]"
        figures = {name: f"{row[name]:.2f}" for name in ("c@1", "F0.5u", "F1", "Brier")}
        about = {"the author's unseen text against": row["against"], "texts": str(row["texts"])}
        lines.append({**about, "AUC [95 %]": auc, **figures})
    return pandas.DataFrame(lines)


# %% [markdown] id="verification-embedding-text"
# #### A style embedding
# A network that was trained to place texts of one author together, whatever their subject, such as
# StyleDistance: its answer is the cosine with the author's mean training passage. It is used where
# `STYLE_MODEL` names a folder or a name on the model hub, in the format of sentence-transformers.
# Code that comes with a model is never run, so one that needs its own, such as LUAR as it was
# published, has to be converted first.

# %% id="verification-embedding"
EMBEDDED_AT_ONCE = 16
MOST_TOKENS = 512


def load_embedder(model: str) -> tuple[Any, Any, str]:
    """Return (network, tokenizer, "mean" or "cls": how tokens are pooled). Raises Mistake."""
    import json

    from transformers import AutoModel, AutoTokenizer

    try:
        for path in Path(model).glob("*.safetensors") if Path(model).is_dir() else ():
            check_weights(path)
        safe: Any = {"trust_remote_code": False}
        tokenizer = AutoTokenizer.from_pretrained(model, **safe)
        network = AutoModel.from_pretrained(model, use_safetensors=True, **safe).eval()
        pooling = Path(model, "1_Pooling/config.json")
        told = json.loads(pooling.read_text("utf-8")) if pooling.exists() else {}
    except (OSError, ValueError, KeyError) as error:
        first = str(error).strip().partition("\n")[0]
        told = f"STYLE_MODEL is {model!r}, which cannot be loaded ({first})"
        raise Mistake(f"{told}: give a folder or a name on the model hub, or ''.") from None
    return network, tokenizer, "cls" if told.get("pooling_mode_cls_token") else "mean"


def embed_texts(texts: list[str], embedder: tuple[Any, Any, str]) -> Any:
    """Return an array (texts, dimensions) of embeddings of length 1."""
    import torch

    network, tokenizer, pooling = embedder
    parts = []
    for at in range(0, len(texts), EMBEDDED_AT_ONCE):
        cut: Any = {"truncation": True, "max_length": MOST_TOKENS, "padding": True}
        batch = tokenizer(texts[at : at + EMBEDDED_AT_ONCE], return_tensors="pt", **cut)
        with torch.no_grad():
            states = network(**batch).last_hidden_state.float()
        mask = batch["attention_mask"][..., None]
        pooled = states[:, 0] if pooling == "cls" else (states * mask).sum(1) / mask.sum(1)
        parts.append(torch.nn.functional.normalize(pooled, dim=-1).numpy())
    return np.concatenate(parts)


def embedding_measure(
    cut: dict[str, list[str]], author_texts: list[str], model: str
) -> dict[str, Measure]:
    """Return {"style_embedding": the likeness to the mean of `author_texts`}, {} for no model."""
    if not model:
        return {}
    embedder = load_embedder(model)
    centre = embed_texts(author_texts, embedder).mean(axis=0)
    centre = centre / (np.linalg.norm(centre) or 1)
    name = model.rstrip("/").rpartition("/")[2]
    measure = score_measure(
        lambda texts: (embed_texts(texts, embedder) @ centre).tolist(),
        cut,
        better="higher",
        label="Style embedding",
        unit="cosine",
        definition=f"cosine with the author's mean training passage, by {name}",
    )
    return {"style_embedding": measure}
