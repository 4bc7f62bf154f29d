"""What comes with a model: pickles are not read, templates end, damaged weights are told."""

import json
import resource
import signal
import time
from types import SimpleNamespace

import pytest
from jinja2 import TemplateError

from chapters import safety
from chapters.preparation import Mistake
from chapters.safety import apply_template, check_weights

LOOPS = "{% for a in range(9999) %}{% for b in range(9999) %}{{ a * b }}{% endfor %}{% endfor %}"
TALK = [{"role": "user", "content": "Why?"}]


@pytest.fixture(scope="module")
def tokenizer():
    from tiny_models import make_tokenizer

    return make_tokenizer("chatml")


@pytest.fixture
def short(monkeypatch):
    monkeypatch.setattr(safety, "TEMPLATE_SECONDS", 0.3)


def test_a_template_writes_the_messages(tokenizer):
    template = "{% for m in messages %}{{ m['role'] }}: {{ m['content'] }}{% endfor %}"
    limits = resource.getrlimit(resource.RLIMIT_AS), signal.getsignal(signal.SIGALRM)
    assert apply_template(tokenizer, template, TALK, ask=False) == "user: Why?"
    assert limits == (resource.getrlimit(resource.RLIMIT_AS), signal.getsignal(signal.SIGALRM))
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)


@pytest.mark.parametrize(
    "template",
    [
        LOOPS,
        "{% macro f(x) %}{{ f(x) if x > 1e9 }}{% for a in range(9999) %}{{ f(x + 1) }}{% endfor %}"
        "{% endmacro %}" + LOOPS,
        "{{ 'x' * 10 ** 11 }}",
        "{{ '%0100000000000d' % 1 }}",
        "{{ 'x'.center(10 ** 11) }}",
        "{{ 10 ** (10 ** 8) }}",
        "{% set n = namespace(s='xxxxxxxxxxxxxxxx') %}{% for a in range(99) %}"
        "{% set n.s = n.s + n.s %}{% endfor %}",
    ],
)
def test_a_template_without_end_is_a_mistake(tokenizer, short, template):
    started = time.time()
    with pytest.raises(Mistake, match="chat template has no end .*: choose another"):
        apply_template(tokenizer, template, TALK, ask=False)
    assert time.time() - started < 10
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)
    assert resource.getrlimit(resource.RLIMIT_AS)[0] == resource.RLIM_INFINITY


@pytest.mark.parametrize(
    "template",
    [
        "{{ raise_exception('no') }}",
        "{{ 1 / 0 }}",
        "{% for",
        "{{ messages[0].content.__class__.__mro__[1].__subclasses__() }}",
        "{{ ''.__class__.__base__.__subclasses__() }}",
        "{{ messages.append(1) }}",
        "{{ range(10 ** 9) }}",
        "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
        "{{ none + 1 }}",
    ],
)
def test_a_template_that_fails_is_a_template_error(tokenizer, template):
    with pytest.raises(TemplateError):
        apply_template(tokenizer, template, TALK, ask=False)


def safetensors(header, data):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + data


WHOLE = safetensors(
    {"__metadata__": {"format": "pt"}, "w": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}},
    bytes(8),
)


def test_whole_weights_pass_and_damaged_ones_are_named(tmp_path):
    path = tmp_path / "model.safetensors"
    path.write_bytes(WHOLE)
    check_weights(path)
    damaged = [WHOLE[:size] for size in range(len(WHOLE))]
    damaged += [WHOLE + b"x", bytes(8), b"\xff" * 100, safetensors(b"[" * 100_000, b"")]
    damaged += [safetensors({"w": one}, b"") for one in (None, {}, {"data_offsets": ["a", "b"]})]
    for data in damaged:
        path.write_bytes(data)
        with pytest.raises(Mistake, match=r"model.safetensors is damaged or cut off"):
            check_weights(path)


def test_a_folder_of_pickles_is_refused(tmp_path):
    pytest.importorskip("transformers")
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "pytorch_model.bin").write_bytes(b"cos\nsystem\n(S'touch made'\ntR.")
    with pytest.raises(Mistake, match="holds no weights as safetensors, and no others are read"):
        safety.check_model(str(tmp_path))


def test_the_template_of_a_model_is_tried(monkeypatch, tmp_path, tokenizer, short):
    transformers = pytest.importorskip("transformers")
    (tmp_path / "model.safetensors").write_bytes(WHOLE)
    found = SimpleNamespace(
        chat_template="{{ messages[0].role }}", apply_chat_template=tokenizer.apply_chat_template
    )
    asked = []

    def from_pretrained(name, **settings):
        asked.append((name, settings))
        return found

    monkeypatch.setattr(transformers.AutoTokenizer, "from_pretrained", from_pretrained)
    safety.check_model(str(tmp_path))
    assert asked == [(str(tmp_path), {"trust_remote_code": False})]
    found.chat_template = "{% if add_generation_prompt %}" + LOOPS + "{% endif %}"
    with pytest.raises(Mistake, match="no end"):
        safety.check_model("some/model")
    found.chat_template = None
    safety.check_model("some/model")
