import json, os

def write_passages(path, rows):
    """Write rows as JSON lines, in the order given; a reader finds the old file or the whole new one."""
    half = path.with_suffix(".tmp")
    with open(half, "w", encoding="utf-8", newline="\n") as file:
        file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        file.flush()
        os.fsync(file.fileno())
    os.replace(half, path)

if __name__ == "__main__":
    write_passages(OUT_DIR / "passages.jsonl", passages + plain_rows)
    print(f"{len(passages)} passages and {len(plain_rows)} base answers in {OUT_DIR / 'passages.jsonl'}, "
          f"{(OUT_DIR / 'passages.jsonl').stat().st_size / 1e6:.1f} MB")
