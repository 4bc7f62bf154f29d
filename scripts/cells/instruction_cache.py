import hashlib, json, os

def instruction_key(*depends_on):
    """Return 16 hexadecimal digits that stand for plain values: the same values, the same digits."""
    return hashlib.sha256(json.dumps(depends_on, sort_keys=True).encode()).hexdigest()[:16]

def read_lines(path):
    """Return {key: dict} of a JSON-lines cache, after cutting off a last line that a killed run left half-written."""
    if not path.exists():
        return {}
    data = path.read_bytes()
    whole = data[:data.rfind(b"\n") + 1]
    if whole != data:
        os.truncate(path, len(whole))
    try:
        return {line["key"]: line for line in map(json.loads, reversed(whole.splitlines()))}
    except (ValueError, KeyError, TypeError):
        raise ValueError(f"{path} is damaged: delete it, and what it held is made again.") from None

def cached_batches(path, items, keys, make, batch_size, label, progress=lambda items, label: items):
    """Return a dict for each item: what the cache has under its key, else what make(batch) returns, then cached.

    One JSON line an item, on the disk before the next batch begins. A batch holds the same items in every run,
    so that a run that was killed and started again gives what one run gives; it loses no more than one batch.
    """
    known, order = read_lines(path), sorted(range(len(items)), key=lambda i: len(str(items[i])))  # less padding
    for batch in progress([order[at:at + batch_size] for at in range(0, len(order), batch_size)], label):
        if all(keys[i] in known for i in batch):
            continue
        made = zip(batch, make([items[i] for i in batch]), strict=True)
        new = {keys[i]: {"key": keys[i], **one} for i, one in made if keys[i] not in known}
        with open(path, "ab") as file:
            file.writelines(json.dumps(line, ensure_ascii=False).encode() + b"\n" for line in new.values())
            file.flush()
            os.fsync(file.fileno())
        known |= new
    return [known[key] for key in keys]
