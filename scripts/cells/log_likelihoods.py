import torch

POSITIONS = 256  # softmax over this many at a time: 256 positions of 200,000 words are 0.2 GB in float32

def score_batch(model, ids, start):
    """Return the log-likelihood (nats, summed) of each list of token ids, given `start` as the token before it."""
    gaps = [max(map(len, ids)) - len(row) for row in ids]  # padded on the right, where no real token looks
    rows = torch.tensor([[start, *row] + [start] * gap for row, gap in zip(ids, gaps)], device=model.device)
    mask = torch.tensor([[1] * len(row) + [1] + [0] * gap for row, gap in zip(ids, gaps)], device=model.device)
    sums = []
    with torch.no_grad():  # and no labels: the fused loss of training returns no logits
        logits = model(input_ids=rows, attention_mask=mask).logits
        for n, row in enumerate(ids):
            sums.append(0.0)
            given, wanted = logits[n, :len(row)], rows[n, 1:len(row) + 1, None]
            for part, tokens in zip(given.split(POSITIONS), wanted.split(POSITIONS)):
                sums[-1] += part.float().log_softmax(-1).gather(-1, tokens).double().sum().item()
    return sums

def log_likelihoods(model, tokenizer, texts, *, max_seq_length, batch_size=4,
                    progress=lambda items, label, total=None: items):
    """Return [{"log_likelihood" (nats, summed), "tokens", "bytes", "words"}] of plain texts, in their order.

    Every token counts; the first is given the tokenizer's BOS token, or its EOS token where there is no BOS.
    Of a text of more than `max_seq_length` - 1 tokens only those are scored, and only their bytes and words
    counted. Raises ValueError for an empty text.
    """
    start = tokenizer.bos_token_id if tokenizer.bos_token_id is not None else tokenizer.eos_token_id
    coded = tokenizer(list(texts), add_special_tokens=False, return_offsets_mapping=True, truncation=True,
                      max_length=max_seq_length - 1)
    ids, scored = coded["input_ids"], [None] * len(texts)
    if [] in ids:
        raise ValueError(f"Text number {ids.index([]) + 1} is empty: nothing can be scored.")
    order = sorted(range(len(ids)), key=lambda n: -len(ids[n]))  # like lengths together: little padding
    for batch in progress([order[a:a + batch_size] for a in range(0, len(order), batch_size)], "Scores"):
        for n, total in zip(batch, score_batch(model, [ids[n] for n in batch], start)):
            text = texts[n][:coded["offset_mapping"][n][-1][1]]
            scored[n] = {"log_likelihood": total, "tokens": len(ids[n]), "bytes": len(text.encode()),
                         "words": len(text.split())}
    return scored
