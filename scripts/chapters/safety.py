# %% id="safety-imports"
"""What comes with a model is data: its weights hold no program, and its template must end."""

from chapters.preparation import Mistake

# %% [markdown] id="safety-model-text"
# #### A model from elsewhere
# A model is more than numbers. Pickled weights can run any program while they are read, so only
# safetensors are; code that comes with a model is never run. Its chat template is a small program,
# which has to run: without access to anything, and within limits of time and memory.

# %% id="safety-model"
import contextlib
import json
import resource
import signal
import threading
from collections.abc import Generator
from pathlib import Path
from typing import Any

from jinja2 import TemplateError

MAX_HEADER = 100_000_000  # bytes, as the format has it
TEMPLATE_SECONDS, TEMPLATE_BYTES = 10, 2 << 30  # for what takes milliseconds and kilobytes


def check_weights(path: Path) -> None:
    """Raise Mistake if a file of safetensors is cut off or is none. Its weights are not read."""
    try:
        with open(path, "rb") as file:
            size = int.from_bytes(file.read(8), "little")
            header = json.loads(file.read(min(size, MAX_HEADER)))
        ends = [one["data_offsets"][1] for name, one in header.items() if name != "__metadata__"]
        whole = path.stat().st_size == 8 + size + max(ends)
    except Exception:  # whatever a damaged header makes this stumble over
        whole = False
    if not whole:
        raise Mistake(f"{path} is damaged or cut off: copy or make it again.")


class OutOfTime(BaseException):
    """Raised inside a template; no Exception, since Jinja passes over those at times."""


@contextlib.contextmanager
def bounded_rendering() -> Generator[None]:
    """Stop what runs inside with OutOfTime or MemoryError where it takes TEMPLATE_SECONDS or
    TEMPLATE_BYTES more than are in use; in the main thread, where signals arrive."""

    def stop(*_: Any) -> None:
        raise OutOfTime(f"it takes over {TEMPLATE_SECONDS} seconds")

    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limit = pages * resource.getpagesize() + TEMPLATE_BYTES
    before = signal.signal(signal.SIGALRM, stop)
    if soft == resource.RLIM_INFINITY or limit < soft:
        resource.setrlimit(resource.RLIMIT_AS, (limit, hard))
    signal.setitimer(signal.ITIMER_REAL, TEMPLATE_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
        signal.signal(signal.SIGALRM, before)


def apply_template(tokenizer: Any, template: str, messages: list[dict[str, str]], ask: bool) -> str:
    """Return the messages as `template` writes them; `ask` opens the next answer. Raises Mistake
    for a template without end, TemplateError for one that refuses or fails."""
    main = threading.current_thread() is threading.main_thread()  # others come later, with the same
    try:
        with bounded_rendering() if main else contextlib.nullcontext():
            return tokenizer.apply_chat_template(
                messages, chat_template=template, tokenize=False, add_generation_prompt=ask
            )
    except (OutOfTime, MemoryError) as error:
        why = str(error) or "it takes too much memory"
        raise Mistake(f"The model's chat template has no end ({why}): choose another.") from None
    except TemplateError:
        raise
    except Exception as error:  # whatever a program can stumble over
        raise TemplateError(f"{type(error).__name__}: {error}") from None


def check_model(model: str) -> None:
    """Raise Mistake for a folder without whole safetensors, or a template that has no end."""
    from transformers import AutoTokenizer  # after unsloth

    paths = sorted(Path(model).glob("*.safetensors"))
    if Path(model).is_dir() and not paths:
        raise Mistake(f"{model} holds no weights as safetensors, and no others are read.")
    for path in paths:
        check_weights(path)
    # the template is tried here, since Unsloth tries it without limits
    tokenizer: Any = AutoTokenizer.from_pretrained(model, trust_remote_code=False)
    talk = [{"role": role, "content": role} for role in ("user", "assistant")]
    for messages, ask in ((talk[:1], False), (talk[:1], True), (talk, False)):
        if isinstance(tokenizer.chat_template, str):
            with contextlib.suppress(TemplateError):
                apply_template(tokenizer, tokenizer.chat_template, messages, ask)
