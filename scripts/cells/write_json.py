import json, os
from pathlib import Path

def write_json(path, value):
    """Write `value` to `path` as indented JSON: a reader finds the old file or the new one, whole.

    Raises ValueError for NaN or an infinity, which JSON does not have.
    """
    partial = Path(f"{path}.part")
    partial.write_text(json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")
    os.replace(partial, path)  # at once, on one file system
