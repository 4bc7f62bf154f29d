import json

if __name__ == "__main__":
    write_whole(OUT_DIR / "passages.jsonl",
                "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in passages + plain_rows))
    print(f"{len(passages)} passages and {len(plain_rows)} base answers in {OUT_DIR / 'passages.jsonl'}, "
          f"{(OUT_DIR / 'passages.jsonl').stat().st_size / 1e6:.1f} MB")
