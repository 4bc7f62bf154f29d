def cached_writer(path, cached, key, ask, batch_size, progress, kind_of, request_for, read_instruction):
    """Return write(passages, attempt) -> the model's instruction for each; what it said is kept in `path`."""
    def write(passages, attempt):
        rows = [{"id": p["id"], "kind": kind_of(p["id"]), "attempt": attempt} for p in passages]
        asked = [request_for(p["text"], row["kind"], attempt) for p, row in zip(passages, rows)]
        def make(batch):
            return [{**row, "raw": raw} for (row, _), raw in zip(batch, ask([text for _, text in batch]))]
        made = cached(path, list(zip(rows, asked)), [key(text) for text in asked], make, batch_size,
                      f"Instructions, try \"{attempt}\"", progress)
        return [read_instruction(one["raw"], row["kind"], attempt) for one, row in zip(made, rows)]
    return write

def cached_losses(path, cached, key, losses, generic, batch_size, progress):
    """Return compare(triples): for each (passage, instruction, text) the nats a token of the text after the
    instruction and after generic(passage), kept in `path`."""
    def make(triples):
        _, instructions, texts = zip(*triples)
        nats = losses([*instructions, *(generic(passage) for passage, _, _ in triples)], [*texts, *texts])
        return [{"nats": [round(one, 4) for one in two]} for two in zip(nats, nats[len(triples):])]
    def compare(triples):
        keys = [key(generic(passage), instruction, text) for passage, instruction, text in triples]
        return [one["nats"] for one in cached(path, triples, keys, make, batch_size, "Do they help?", progress)]
    return compare
