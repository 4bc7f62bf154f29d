import datetime, os, shutil
from pathlib import Path

def replace_folder(new, old):
    """Put the finished folder `new` in the place of `old`."""
    if Path(old).exists():
        shutil.rmtree(old)
    os.replace(new, old)

if __name__ == "__main__":
    if not finished:
        model.save_pretrained(OUT_DIR / "adapter.part")
        tokenizer.save_pretrained(OUT_DIR / "adapter.part")
        replace_folder(OUT_DIR / "adapter.part", OUT_DIR / "adapter")
        steps = trainer.state.global_step
        row_tokens = [len(ids) for ids in trainer.train_dataset["input_ids"]]
        a_step = BATCH_SIZE * GRADIENT_ACCUMULATION
        epochs, rest = divmod(steps, -(-len(row_tokens) // a_step))  # an epoch's last step may be a short one
        tokens_seen = sum(row_tokens) * (epochs + rest * a_step / len(row_tokens))
        made = steps - int(Path(resumed).name.split("-")[1]) if resumed else steps  # in this run
        finished = dict(
            key=TRAINING_KEY, date=f"{datetime.date.today()}", profile="demo" if DEMO_RUN else "gpu", model=MODEL,
            settings=training_settings, versions=VERSIONS, rows=len(train_rows), validation_rows=len(validation_rows),
            steps=steps, tokens=round(tokens_seen), seconds=round(training_seconds, 1), resumed_from=resumed,
            tokens_per_second=round(tokens_seen * made / steps / training_seconds, 1),
            peak_memory_gib=round(memory_gib(), 2),
            loss=loss_log(history, "loss"), validation_loss=loss_log(history, "eval_loss"))
        write_json(OUT_DIR / "training.json", finished)
        shutil.rmtree(CHECKPOINTS, ignore_errors=True)  # large, and the adapter is safe now
    size = sum(file.stat().st_size for file in (OUT_DIR / "adapter").glob("adapter_model*")) / 1e6
    minutes, speed = finished["seconds"] / 60, finished["tokens_per_second"]
    print(f"{OUT_DIR / 'adapter'}: {size:.0f} MB. {finished['tokens']:,} tokens in {minutes:.1f} minutes, {speed:,.0f} "
          f"tokens/s, evaluations included; peak memory {finished['peak_memory_gib']:.1f} GiB.")
