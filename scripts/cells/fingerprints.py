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
