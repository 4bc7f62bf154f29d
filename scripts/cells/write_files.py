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
