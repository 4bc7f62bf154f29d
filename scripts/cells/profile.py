import functools, os
from pathlib import Path
import torch

def choose_profile(profile, has_cuda):
    """Return "gpu" or "demo" for PROFILE ("auto", "gpu", "demo"). Raises ValueError for another or a missing GPU."""
    if profile not in ("auto", "gpu", "demo"):
        raise ValueError(f"PROFILE is {profile!r}: set it to 'auto', 'gpu' or 'demo' in the parameters cell.")
    if profile == "gpu" and not has_cuda:
        raise ValueError("PROFILE is 'gpu' but PyTorch sees no CUDA GPU: check `nvidia-smi`, or set PROFILE = 'demo'.")
    return profile if profile != "auto" else "gpu" if has_cuda else "demo"

def find_model(model):
    """Return `model`, a hub name or an existing folder, unchanged. Raises FileNotFoundError for a missing folder."""
    if model.startswith((".", "/")) and not Path(model, "config.json").exists():
        raise FileNotFoundError(f"There is no model in {model}: `uv run scripts/prepare_sample.py` makes the demo's; "
                                "for another one give a folder that holds config.json, or a name on the model hub.")
    return model

if __name__ == "__main__":
    if PROFILE == "demo":
        os.environ["CUDA_VISIBLE_DEVICES"] = ""  # the demo is the same on every machine
    with plain_errors():
        DEMO_RUN = choose_profile(PROFILE, torch.cuda.is_available()) == "demo"
        globals().update(DEMO if DEMO_RUN else {})
        find_model(MODEL)
    MODEL_NAME = f"{Path(MODEL).name}, standing in for {MODEL_KEY}" if DEMO_RUN else MODEL_KEY
    RUN_NAME = MODEL_KEY + ("-demo" if DEMO_RUN else "")
    BOOKS_DIR, OUT_DIR = Path("../../Books", AUTHOR_KEY), Path("outputs", RUN_NAME)
    CACHE_DIR = Path("../../comparison_cache", AUTHOR_KEY, RUN_NAME)
    for folder in (OUT_DIR, CACHE_DIR):
        folder.mkdir(parents=True, exist_ok=True)
    save_figure = functools.partial(write_figure, OUT_DIR)
    print(f"Profile: demo on the CPU; DEMO replaces {', '.join(DEMO)}." if DEMO_RUN else
          f"Profile: gpu on {torch.cuda.get_device_name(0)}, {torch.cuda.mem_get_info()[1] / 2**30:.0f} GiB.")
    print(f"Model {MODEL}; books from {BOOKS_DIR}; results in {OUT_DIR}.")
