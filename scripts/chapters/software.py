# %% id="software-imports"
"""Which software this is, and what it is told before it begins."""

# %% [markdown] id="software-versions-text"
# #### Versions, and what imports read
# Results can be repeated only with the same versions. Some settings are read by PyTorch and Unsloth
# as they are imported, so they come first.

# %% id="software-versions"
import importlib.metadata
import logging
import os

TESTED = {
    "unsloth": "2026.10.9",
    "torch": "2.14.1",
    "transformers": "5.17.0",
    "trl": "1.15.0",
    "peft": "0.21.2",
    "datasets": "4.8.5",
    "bitsandbytes": "0.50.2",
    "pymupdf": "2.0",
}


def installed_versions() -> dict[str, str]:
    """Return {package: installed version, or "missing"} for the packages of TESTED."""
    versions = {}
    for name in TESTED:
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            versions[name] = "missing"
    return versions


def describe_versions(versions: dict[str, str]) -> str:
    """Return a line for each package, which tells the tested version where it is another."""
    lines = []
    for name, version in versions.items():
        tested = "" if version == TESTED[name] else f"tested: {TESTED[name]}"
        lines.append(f"{name:13} {version:10} {tested}")
    return "\n".join(lines)


def prepare_imports() -> None:
    """Set what PyTorch and Unsloth read as they are imported.

    Nothing is sent to Unsloth's makers; threads without work sleep soon, or they hold up all others
    (1,000 turns, libgomp's own figure for crowded computers); warnings meant for those who build
    packages are silent."""
    os.environ.update(UNSLOTH_DISABLE_STATISTICS="1", TOKENIZERS_PARALLELISM="false")
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")
    for name in ("torch.utils._pytree", "bitsandbytes.backends.cpu.ops"):
        logging.getLogger(name).setLevel(logging.ERROR)
