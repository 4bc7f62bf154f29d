# %% id="chat_page-imports"
"""A page in the browser to talk with both models side by side."""

from chapters.chat import ChatModel
from chapters.conversation import Talk, marked_answer, one_side, reply
from chapters.generation import Decoding
from chapters.preparation import Mistake

# %% [markdown] id="chat_page-turn-text"
# #### One turn of a talk
# Both sides answer, one after the other, and what they have said so far is shown while they write.
# Each side remembers its own talk.

# %% id="chat_page-turn"
import html
import queue
import threading
from collections.abc import Iterator
from typing import Any

SIDES = {"tuned": "Fine-tuned", "base": "Base"}  # in this order on the page


def talk_html(name: str, talk: Talk, known: set[int]) -> str:
    """Return a talk as HTML under the name of who answers, copied words marked."""
    said = []
    for one in talk:
        text = one["content"]
        shown = marked_answer(text, known) if one["role"] == "assistant" else html.escape(text)
        if one["role"] != "system":
            said.append(f'<p class="{one["role"]}">{shown}</p>')
    inner = "".join(said) or "<p>Nothing has been asked yet.</p>"
    return f'<h3>{html.escape(name)}</h3><div class="talk" tabindex="0">{inner}</div>'


def growing_reply(chat_model: ChatModel, side: str, talk: Talk, decoding: Any) -> Iterator[str]:
    """Yield the answer of one side so far, again and again, and whole at last."""
    heard: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def write() -> None:
        try:
            with one_side(chat_model, side):
                heard.put(reply(chat_model, talk, decoding, heard.put))
            heard.put(None)
        except Exception as error:  # told on the page, not in a thread nobody sees
            heard.put(error)

    threading.Thread(target=write, daemon=True).start()
    while (one := heard.get()) is not None:
        if isinstance(one, Exception):
            raise one
        yield one


def answer_turn(
    chat_model: ChatModel, known: set[int], asked: str, system: str, talks: dict, decoding: Any
) -> Iterator[tuple[dict, str, str]]:
    """Yield (talks, tuned as HTML, base as HTML) while both sides answer what was asked.

    `talks`: {"tuned": Talk, "base": Talk} so far, without the system prompt."""
    talks = {side: [*talks[side], {"role": "user", "content": asked}] for side in SIDES}
    for side in SIDES:
        before = talks[side]
        rules = [{"role": "system", "content": system}]
        for answer in growing_reply(chat_model, side, rules + before, decoding):
            talks[side] = [*before, {"role": "assistant", "content": answer}]
            tuned, base = (talk_html(SIDES[one], talks[one], known) for one in SIDES)
            yield talks, tuned, base


# %% [markdown] id="chat_page-build-text"
# #### The chat page
# Both models side by side, in a browser on this machine: nothing on it comes from the network, and
# only this machine can reach it. Each side remembers its own talk.

# %% id="chat_page-build"
import importlib
import os

PAGE_CSS = """
.talk {height: 52vh; overflow-y: auto; padding: 0 .4em}
.talk p {white-space: pre-wrap; overflow-wrap: anywhere; margin: .5em 0; padding: .6em .8em;
 border-radius: .6em; border: 1px solid #8886}
.talk p.user {margin-left: 15%; background: #8882}
footer {display: none !important}
"""


def sampling_inputs(gradio: Any, fixed: dict[str, Any], decoding: Decoding) -> list[Any]:
    """Return the page's inputs for persona, temperature, top-p and most tokens, behind a fold."""
    with gradio.Accordion("How they are asked", open=False):
        persona = gradio.Checkbox(True, label=f"Persona: {fixed['system_prompt']}")
        warmth = gradio.Slider(0, 2, decoding["temperature"], step=0.05, label="Temperature")
        top_p = gradio.Slider(0.05, 1, decoding["top_p"], step=0.05, label="Top-p")
        most = gradio.Slider(16, 2048, decoding["max_new_tokens"], step=16, label="Most tokens")
    return [persona, warmth, top_p, most]


def chat_page(
    chat_model: ChatModel, known: set[int], fixed: dict[str, Any], decoding: Decoding
) -> Any:
    """Return a Gradio page: both sides of a talk, the persona on or off, the sampling.

    `fixed`: what the training fixed; `known`: from `known_runs`."""
    os.environ.update(GRADIO_ANALYTICS_ENABLED="False", HF_HUB_DISABLE_TELEMETRY="1")
    gradio = importlib.import_module("gradio")  # not sooner: seconds, and an optional package
    title = f"{fixed['author']}, fine-tuned and base"
    empty = [talk_html(name, [], known) for name in SIDES.values()]

    def answered(asked: str, talks: Any, persona: bool, *how: Any) -> Iterator[tuple]:
        names = ("temperature", "top_p", "max_new_tokens")
        settings = {**decoding, **dict(zip(names, how, strict=True))}
        system = fixed["system_prompt" if persona else "plain_system_prompt"]
        if asked.strip():
            for shown in answer_turn(chat_model, known, asked.strip(), system, talks, settings):
                yield "", *shown

    with gradio.Blocks(title=title, analytics_enabled=False) as page:
        gradio.Markdown(f"# {title}\nWords that stand in the books in a row are underlined.")
        talks = gradio.State({side: [] for side in SIDES})
        with gradio.Row():
            sides = [gradio.HTML(one) for one in empty]
        asked = gradio.Textbox(label="Your question", placeholder="Ask both", autofocus=True)
        with gradio.Row():
            send = gradio.Button("Send", variant="primary")
            again = gradio.Button("Begin a new talk")
        inputs = [asked, talks, *sampling_inputs(gradio, fixed, decoding)]
        outputs = [asked, talks, *sides]
        gradio.on([send.click, asked.submit], answered, inputs, outputs, concurrency_limit=1)
        again.click(lambda: ("", {side: [] for side in SIDES}, *empty), None, outputs)
    return page


# %% [markdown] id="chat_page-open-text"
# #### When the page opens
# Where somebody sits before the notebook, and never in a headless run, which would not end.

# %% id="chat_page-open"
import importlib.util

INSTALL = "install Gradio with `uv sync --group chat` and restart the kernel"


def wants_page(page: str) -> bool:
    """Return whether to open the chat page: for "on", or for "auto" where somebody can type into
    this notebook. Raises Mistake for another value, or for "on" without Gradio."""
    if page not in ("auto", "on", "off"):
        raise Mistake(f"PAGE is {page!r}: set it to 'auto', 'on' or 'off'.")
    from IPython import get_ipython

    kernel = getattr(get_ipython(), "kernel", None)
    attended = page == "on" or (page == "auto" and getattr(kernel, "_allow_stdin", False))
    missing = importlib.util.find_spec("gradio") is None
    if missing and page == "on":
        raise Mistake(f"PAGE is 'on', but the chat page needs Gradio: {INSTALL}.")
    if missing and attended:
        print(f"For a chat page, {INSTALL}.")
    return attended and not missing


def open_page(page: Any) -> str:
    """Serve a Gradio page to this machine alone, beside the notebook; return its address."""
    gradio = importlib.import_module("gradio")

    _, address, _ = page.launch(
        server_name="127.0.0.1",  # no other machine reaches it
        share=False,
        inline=False,
        prevent_thread_lock=True,
        quiet=True,
        show_error=True,
        ssr_mode=False,
        footer_links=[],
        css=PAGE_CSS,
        theme=gradio.themes.Base(font=["system-ui", "sans-serif"], font_mono=["monospace"]),
    )
    return address
