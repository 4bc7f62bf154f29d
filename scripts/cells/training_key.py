import hashlib, json
from pathlib import Path

def hash_of(value):
    """Return 12 hexadecimal digits of the SHA-256 of a JSON-like value."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:12]

def finished_training(out_dir, key):
    """Return the record in `out_dir/training.json` if it is whole and has this key, else None."""
    try:
        record = json.loads(Path(out_dir, "training.json").read_text())
        return record if record["key"] == key and Path(out_dir, "adapter/adapter_model.safetensors").exists() else None
    except (OSError, ValueError, KeyError):
        return None

if __name__ == "__main__":
    training_settings = dict(
        model=MODEL, max_seq_length=MAX_SEQ_LENGTH, lora_r=LORA_R, lora_alpha=LORA_ALPHA, target_experts=TARGET_EXPERTS,
        learning_rate=LEARNING_RATE, epochs=EPOCHS, max_steps=MAX_STEPS, batch_size=BATCH_SIZE, save_steps=SAVE_STEPS,
        gradient_accumulation=GRADIENT_ACCUMULATION, seed=SEED)
    rows_hash = hash_of([[row["text"] for row in part] for part in (train_rows, validation_rows)])
    TRAINING_KEY = hash_of([training_settings, rows_hash, VERSIONS])
    CHECKPOINTS = OUT_DIR / "checkpoints" / TRAINING_KEY
    finished = finished_training(OUT_DIR, TRAINING_KEY)
    print(f"Key {TRAINING_KEY}:", f"trained on {finished['date']}; that adapter is used again." if finished else
          "goes on from its last checkpoint." if CHECKPOINTS.exists() else "not trained yet.")
