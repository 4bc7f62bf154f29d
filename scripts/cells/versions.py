import importlib.metadata, logging, os

TESTED = {"unsloth": "2026.10.9", "torch": "2.14.1", "transformers": "5.17.0", "trl": "1.15.0", "peft": "0.21.2",
          "datasets": "4.8.5", "bitsandbytes": "0.50.2", "pymupdf": "2.0"}

def installed_versions(tested):
    """Return {package: installed version, or "missing"} for the packages of `tested`."""
    versions = {}
    for name in tested:
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            versions[name] = "missing"
    return versions

if __name__ == "__main__":
    os.environ.update(UNSLOTH_DISABLE_STATISTICS="1", TOKENIZERS_PARALLELISM="false")  # nothing is sent home
    for name in ("torch.utils._pytree", "bitsandbytes.backends.cpu.ops"):  # warnings meant for those who build them
        logging.getLogger(name).setLevel(logging.ERROR)
    VERSIONS = installed_versions(TESTED)
    for name, version in VERSIONS.items():
        print(f"{name:13} {version:10}", "" if version == TESTED[name] else f"but tested with {TESTED[name]}")
