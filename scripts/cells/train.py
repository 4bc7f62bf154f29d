import shutil, time
from pathlib import Path

def last_checkpoint(folder):
    """Return the newest whole checkpoint in `folder` as a path string, or None; a half-written one is removed."""
    whole = []
    for path in Path(folder).glob("checkpoint-*"):
        if (path / "trainer_state.json").exists():  # the Trainer writes it last
            whole.append(path)
        else:
            shutil.rmtree(path)
    return str(max(whole, key=lambda path: int(path.name.split("-")[1]))) if whole else None

def loss_log(history, name):
    """Return [[step, value], ...] of one figure in the Trainer's log history, the last of each step."""
    return [[*pair] for pair in {entry["step"]: entry[name] for entry in history if name in entry}.items()]

if __name__ == "__main__":
    if finished:
        from peft import set_peft_model_state_dict
        from safetensors.torch import load_file
        set_peft_model_state_dict(model, load_file(OUT_DIR / "adapter/adapter_model.safetensors"))
        print(f"Nothing to do: {finished['steps']} steps were made on {finished['date']}.")
    else:
        FastLanguageModel.for_training(model)
        tokenizer.padding_side = "right"
        resumed, started = last_checkpoint(CHECKPOINTS), time.time()
        trainer.train(resume_from_checkpoint=resumed)
        training_seconds, history = time.time() - started, trainer.state.log_history
        print(f"{trainer.state.global_step} steps in {training_seconds / 60:.1f} minutes"
              + (f", going on from {Path(resumed).name}." if resumed else "."))
