import io, pickle
from pathlib import Path

FIELDS = {"key": str, "phase": str, "parts": dict, "answers": list, "likelihoods": list, "timings": dict,
          "settings": dict}
RECORDS = {"answers": {"prompt_id", "question", "system", "answer", "thinking", "raw", "finish_reason", "tokens",
                       "bytes", "seconds"},
           "likelihoods": {"id", "set", "log_likelihood", "tokens", "bytes", "words"}}

class PlainUnpickler(pickle.Unpickler):
    """Reads plain values only: a pickle can have any function of any module called, and here it may have none."""
    def find_class(self, module, name):
        raise pickle.UnpicklingError(f"it asks for {module}.{name}")

def read_results(path):
    """Return (results, "") of a phase's pickle, or (None, a sentence why not); no code in the file is run."""
    path = Path(path)
    if not path.exists():
        return None, f"{path.name} is not there yet."
    try:
        results = PlainUnpickler(io.BytesIO(path.read_bytes())).load()
        wrong = [name for name, kind in FIELDS.items() if not isinstance(results[name], kind)]
        wrong += [name for name, fields in RECORDS.items() for row in results[name] if not fields <= set(row)]
    except Exception as error:  # whatever a damaged or foreign file makes the reader stumble over
        return None, f"{path.name} is damaged or not ours ({type(error).__name__}: {error}): it is made again."
    return (None, f"{path.name} has unknown {wrong[0]}: it is made again.") if wrong else (results, "")

def write_results(path, results, write_whole):
    """Pickle `results` and have write_whole(path, bytes) keep it. Raises ValueError for what is not a plain value."""
    data = pickle.dumps(results, protocol=4)
    try:
        PlainUnpickler(io.BytesIO(data)).load()
    except pickle.UnpicklingError as error:
        raise ValueError(f"{path} may hold plain values only, but {error}.") from None
    write_whole(path, data)
