# %% id="storage-imports"
"""TODO: what this chapter promises."""

# %% [markdown] id="write_files-text"
# ### Write files whole
# A result is written under another name and then renamed, so that an interrupted run or a power cut never leaves half of one.

# %% id="write_files"
import json, os
from pathlib import Path

def write_whole(path, data):
    """Write bytes, or text as UTF-8: a reader finds the old file or the whole new one, even after a power cut."""
    partial = Path(f"{path}.{os.getpid()}.part")
    with open(partial, "wb") as file:
        file.write(data.encode() if isinstance(data, str) else data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(partial, path)  # at once, on one file system

def write_json(path, value):
    """Write `value` as indented JSON. Raises ValueError for NaN or an infinity, which JSON does not have."""
    write_whole(path, json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n")

# %% [markdown] id="instruction_cache-text"
# ### Keep what was made
# Writing thousands of instructions takes a while. Each goes to the disk with its batch, under a key of everything it depends on, so an interrupted run goes on where it was.

# %% id="instruction_cache"
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

# %% [markdown] id="fingerprints-text"
# ### Tell when a result is stale
# A cached answer is worth keeping only as long as everything behind it is unchanged: the model, the adapter, the prompts, the settings, the libraries and the code. These functions turn each of them into a short fingerprint.

# %% id="fingerprints"
import hashlib, json
from pathlib import Path

SAMPLE = 1 << 20  # bytes read at each of 8 places of a large file: other weights differ everywhere

def fingerprint(*values):
    """Return 16 hex digits that stand for plain values: equal exactly when their JSON is equal."""
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:16]

def folder_fingerprint(folder):
    """Return 16 hex digits for the names, sizes and contents (of large files, samples) of a folder's files."""
    digest = hashlib.sha256()
    for path in sorted(path for path in Path(folder).iterdir() if path.is_file()):
        size = path.stat().st_size
        digest.update(f"{path.name} {size} ".encode())
        with open(path, "rb") as file:
            for place in range(0, size, max(SAMPLE, size // 8)):
                file.seek(place)
                digest.update(file.read(SAMPLE))
    return digest.hexdigest()[:16]

def nested_code(code):  # a code object and all that are defined inside it
    return [code, *(part for value in code.co_consts if hasattr(value, "co_code") for part in nested_code(value))]

def code_fingerprint(*functions):
    """Return 16 hex digits for what notebook functions do: their code, the notebook functions that they call and
    the CONSTANTS that they use. Comments, line numbers and `progress`, which only shows something, do not count."""
    show = lambda value: sorted(map(repr, value)) if isinstance(value, (set, frozenset)) else repr(value)
    known, queue = {}, list(functions)
    for function in queue:
        codes = nested_code(function.__code__)
        known[function.__qualname__] = [[code.co_code.hex(), code.co_names, [
            show(value) for value in code.co_consts if not hasattr(value, "co_code")]] for code in codes]
        for name in {name for code in codes for name in code.co_names} - {"progress"}:
            value = function.__globals__.get(name)
            if getattr(value, "__globals__", None) is function.__globals__:
                queue += [value] if value not in queue else []
            elif name.isupper() and isinstance(value, (str, int, float, tuple, list, dict, set, frozenset)):
                known[name] = show(value)
    return fingerprint(known)
