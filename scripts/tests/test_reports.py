"""Reports and the index: order of the page, and text that stays text wherever it enters."""

import json
import re

import nbformat
import pandas
import pytest
from IPython.core.interactiveshell import InteractiveShell
from PIL import Image as Picture

import build_notebooks
import reports
from chapters.chat import framed_chat
from chapters.copying import mark_words
from chapters.models import verdicts_table
from chapters.preparation import (
    Mistake,
    html_table,
    one_line,
    show_figure,
    side_by_side,
    text_table,
)
from chapters.summary import summary_page, training_facts
from chapters.verdict import answers_table, copies_table, verdict_table

ATTACKS = [
    "<script>window.ran = 1</script>",
    '<img src="http://evil.example/a.png" onerror="window.ran = 1">',
    "\"'><svg onload=\"window.ran = 1\"><a href='javascript:window.ran = 1'>x</a>",
    "' onmouseover='window.ran = 1' style='position:fixed",
    "</pre></td></table></style></title></textarea><style>*{background:url(//evil.example/s)}</style>",
    "<iframe srcdoc='<script>parent.ran = 1</script>'></iframe><base href='http://evil.example/'>",
    "<meta http-equiv=refresh content='0;url=http://evil.example'><link rel=stylesheet href=//a.e>",
    "<details open ontoggle=window.ran=1><math><mi//xlink:href=javascript:window.ran=1>",
    "[a](javascript:window.ran=1) ![b](http://evil.example/b.png) <http://evil.e> `c` **d** | e",
    "$\\href{javascript:window.ran=1}{x}$ $$y$$ \\(z\\) {{ 7 * 7 }} {% raw %}",
    "\x1b[31mred\x1b]8;;http://evil.example\x07link\x1b]8;;\x07\x1b[2J\x1b[H\u202etxet",
]
EVIL, GOOD = " ".join(ATTACKS), "harmless"
FINDING = {"question": "Sounds like {}?", "answer": "Yes {}", "figures": ["one {}", "two {}"]}


def cell(source, *tags, outputs=()):
    metadata = {"tags": list(tags)}
    return nbformat.v4.new_code_cell(source, metadata=metadata, outputs=list(outputs))


def text(source):
    return nbformat.v4.new_markdown_cell(source)


def html_output(page, **about):
    return nbformat.v4.new_output("display_data", data={"text/html": page}, metadata=about)


def printed(words):
    return nbformat.v4.new_output("stream", name="stdout", text=words)


def output_of(value):
    """Return the output that Jupyter makes of a value to display."""
    data, about = InteractiveShell.instance().display_formatter.format(value)
    return nbformat.v4.new_output("display_data", data=data, metadata=about)


def figure_output(folder, words, monkeypatch):
    """Return the output of a figure, all labels and the alternative text of which are `words`."""
    import matplotlib.pyplot as plt

    from chapters import preparation

    fig, axis = plt.subplots(figsize=(2, 1))
    axis.bar([1], [1], label=words)
    axis.set(title=words, xlabel=words, xticks=[1], xticklabels=[words])
    axis.legend()
    shown = []
    monkeypatch.setattr(preparation, "display", shown.append)
    show_figure(fig, folder / "figure.png", words)
    return output_of(shown[0])


def displays(words, folder, monkeypatch):
    """Return the outputs of all helpers that show a book's, a model's or a parameter's text."""
    finding = {
        key: [one.format(words) for one in value] if isinstance(value, list) else value
        for key, value in FINDING.items()
    }
    finding |= {key: FINDING[key].replace("{}", words) for key in ("question", "answer")}
    finding["figures"] = [one.replace("{}", words) for one in FINDING["figures"]]
    prompts = [{"question": words, "passage_id": words, "source": "held_out"}]
    sides = ("base persona", "tuned persona", "tuned plain")
    copy = {"runs": [{"start": 0, "words": 1, "source": 0, "place": 0}]}
    answers, copies = {side: [words] for side in sides}, {side: [copy] for side in sides}
    ways = {side: [["loops"]] for side in sides}
    row = {"chapter": words, "pages": [1, 2], "split": "train"}
    text_of_book = {"text": words, "title": words, "words": [words], "places": [(0, 1, row)]}
    books = [{"report": {"words_kept": 7}, "title": words, "stem": words}]
    facts = training_facts(books, [{"split": "train"}])
    pages = [
        side_by_side([words], {words: [words]}),
        verdict_table([finding], words),
        verdicts_table({words: [finding]}),
        answers_table(prompts, answers, copies, ways, {words: words}, words),
        copies_table(prompts, answers, copies, [text_of_book]),
        framed_chat(words, {"reserved": ["<|im_end|>"]}),
        html_table(["a"], [[mark_words(words, [(0, 2)])]], [100]),
    ]
    from IPython.display import HTML

    shown = [summary_page(words, words, facts, {words: {words: words}}, words)]
    shown += [text_table(pandas.DataFrame({words: [words, 1.25], "n": [1, 2]}))]
    outputs = [output_of(value) for value in [*shown, *map(HTML, pages)]]
    outputs += [figure_output(folder, words, monkeypatch)]
    outputs += [
        nbformat.v4.new_output("stream", name=name, text=words) for name in ("stdout", "stderr")
    ]
    trace = Mistake(words)._render_traceback_()
    return [
        *outputs,
        nbformat.v4.new_output("error", ename="Mistake", evalue=words, traceback=trace),
    ]


def notebook_with(words, folder, monkeypatch):
    """Return an executed notebook in which every text that can be a reader's is `words`."""
    title = f"# {build_notebooks.markdown_text(words)}: fine-tuning\n\nAll of it."
    cells = [text(title), text("Words."), cell(f"AUTHOR = {words!r}", "parameters")]
    outputs = displays(words, folder, monkeypatch)
    for tag, some in [("summary", outputs[:1]), ("answers", outputs[1:2]), ("essay", outputs)]:
        cells += [text(f"## {tag}"), cell("1", tag, outputs=some)]
    return nbformat.v4.new_notebook(cells=cells)


def test_the_page_is_the_same_whatever_a_text_says(tmp_path, monkeypatch, browser):
    skeletons = []
    for name, words in (("good", GOOD), ("evil", EVIL)):
        path = tmp_path / f"{name}.html"
        path.write_text(reports.html_page(notebook_with(words, tmp_path, monkeypatch), words))
        page, faults = browser.open(path)
        for fold in page.query_selector_all("details"):
            fold.evaluate("one => one.open = true")
        page.mouse.move(700, 450)
        page.wait_for_timeout(300)
        assert faults == [] and not page.evaluate("window.ran")
        import browser as chromium

        skeletons.append(page.evaluate(chromium.SKELETON))
    assert skeletons[0] == skeletons[1]


def raw_outputs():
    """Return outputs that a foreign library could make: each attack as HTML, Markdown, and more."""
    for attack in ATTACKS:
        data = {"text/html": attack, "text/plain": attack}
        yield nbformat.v4.new_output("display_data", data=data)
        yield nbformat.v4.new_output("display_data", data={"text/markdown": attack})
    for kind in ("application/javascript", "image/svg+xml", "text/latex"):
        yield nbformat.v4.new_output(
            "display_data", data={kind: "window.ran = 1", "text/plain": "x"}
        )
    widget = {"application/vnd.jupyter.widget-view+json": {"model_id": "1"}, "text/plain": "bar"}
    yield nbformat.v4.new_output("display_data", data=widget)


def test_html_of_a_foreign_library_runs_nothing(tmp_path, browser):
    cells = [nbformat.v4.new_markdown_cell(f"### {ATTACKS[0]}\n\n{attack}") for attack in ATTACKS]
    cells.append(nbformat.v4.new_code_cell("1", outputs=list(raw_outputs())))
    state = {"application/vnd.jupyter.widget-state+json": {"state": {"1": {"x": EVIL}}}}
    notebook = nbformat.v4.new_notebook(cells=cells, metadata={"widgets": state})
    path = tmp_path / "foreign.html"
    path.write_text(reports.html_page(notebook, "foreign"))
    page, faults = browser.open(path)
    page.wait_for_timeout(300)
    assert faults == [] and not page.evaluate("window.ran")
    assert page.evaluate("document.scripts.length") == 1 and "unpkg" not in path.read_text()
    attributes = page.evaluate("""() => [...document.querySelectorAll("main *")]
        .flatMap(one => one.getAttributeNames()).filter(name => /^on|^style/.test(name))""")
    assert attributes == []


def test_the_policy_admits_the_two_of_the_template_alone():
    page = reports.html_page(
        nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# T")]), "t"
    )
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)[1]
    assert policy.startswith("default-src 'none'; img-src data:;") and "unsafe" not in policy
    style, script = (
        re.search(rf"<{tag}>(.*?)</{tag}>", page, re.S)[1] for tag in ("style", "script")
    )
    assert reports.digest(style) in policy and reports.digest(script) in policy
    assert page.index("Content-Security-Policy") < page.index("<title>")
    assert not re.search(r"""(?:src|href)=["'](?!#|data:)""", page)


def test_printed_text_and_lines_steer_no_screen():
    assert reports.plain("\x1b[31mred\x1b[0m\x1b]8;;http://e\x07link\x1b]8;;\x07\n") == "redlink\n"
    assert one_line("a\x1b[2Jb\r\nc\u202ed") == "a [2Jb  c d"
    assert "\x1b[2J" not in Mistake("\x1b[2J")._render_traceback_()[0]


# ---- The order of a report


def story():
    title = html_output(
        "<p>the verdict</p>", **{"text/html": {"title": "SmolLM2 before and after"}}
    )
    return [
        text("# Author: Qwen3-14B"),
        text("Opening words."),
        cell("N = 1", "parameters"),
        text("## The verdict"),
        cell("slot", "summary", "essay", outputs=[title]),
        text("## 1. First"),
        cell("def helper():\n    pass", "shared:tools"),
        text("### A table\nIts prose."),
        cell("table", "essay", outputs=[html_output("<table><tr><td>cell</td></tr></table>")]),
        text("### A line"),
        cell("print(1)", "essay", outputs=[printed("only printed")]),
        text("## 2. Answers"),
        text("### Read all"),
        cell("answers", "answers", "essay", outputs=[html_output("<p>the answers</p>")]),
    ]


def test_a_report_opens_with_what_came_out():
    page = reports.html_page(nbformat.v4.new_notebook(cells=story()), "name")
    body = page[page.index("<main") :]
    assert "<h1>SmolLM2 before and after</h1>" in body and "Qwen3" not in page.split("</h1>")[0]
    places = [
        "<h1>",
        "the verdict",
        "the answers",
        "Its prose",
        "cell</td>",
        "N</span>",
        "only printed",
    ]
    found = [body.index(words) for words in places]
    assert found == sorted(found) and "2. Answers" not in body.split("How it was done</h2>")[0]
    assert "helpers: tools" in body and "2 lines" in body
    assert body.count("<details") == body.count("</details>") and "run did not come" not in body
    assert '<a href="#step-7">A table</a>' in page and '<h3 id="step-7">' in page


def test_a_report_says_where_it_stopped():
    error = nbformat.v4.new_output(
        "error", ename="Mistake", evalue="No book.", traceback=["No book."]
    )
    cells = [*story()[:10], cell("1/0", "essay", outputs=[error])]
    page = reports.html_page(nbformat.v4.new_notebook(cells=cells), "name")
    body = page[page.index("<main") :]
    assert body.index("did not come to its end.</b> No book.") < body.index('id="summary"')
    assert re.search(r'href="#(step-\d+)-log">A line', body) and "<details open>" in body


def test_an_empty_notebook_has_a_report():
    assert "<h1>name</h1>" in reports.html_page(nbformat.v4.new_notebook(), "name")


# ---- The index


def collection(root, author="Jane Austen", answer="Yes."):
    """Make a collection with one model that has run and one that has not; return its NoteBooks."""
    folder = root / "NoteBooks/JaneAusten"
    out = folder / "outputs/Qwen3_14B-demo"
    (out / "adapter").mkdir(parents=True)
    parameters = cell(f"AUTHOR = {author!r}", "parameters")
    for name in ("Qwen3_14B_JaneAusten_FineTuning", "GPT_OSS_20B_JaneAusten_Comparison"):
        nbformat.write(nbformat.v4.new_notebook(cells=[parameters]), folder / f"{name}.ipynb")
    nbformat.write(nbformat.v4.new_notebook(), folder / "my own notes.ipynb")
    ran = cell(f"AUTHOR = {author!r}", "parameters")
    ran.execution_count = 1
    stamps = {
        "iopub.execute_input": "2026-11-24T10:00:00Z",
        "shell.execute_reply": "2026-11-24T11:01:05Z",
    }
    ran.metadata["execution"] = stamps
    name = folder / "Qwen3_14B_JaneAusten_FineTuning_executed.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[ran]), name)
    name.with_suffix(".html").write_text("page")
    (out / "adapter/training.json").write_text(json.dumps({"date": answer}))
    verdict = [{"question": f"Sounds like {author}?", "answer": answer, "figures": []}]
    (out / "comparison.json").write_text(json.dumps({"verdict": verdict}))
    Picture.new("RGB", (900, 600), "white").save(out / "differences.png")
    return root / "NoteBooks"


def test_the_index_tells_what_has_run(tmp_path, browser):
    root = collection(tmp_path)
    reports.write_index(root)
    page = (root / "index.html").read_text()
    for words in (
        "Jane Austen",
        "Sounds like Jane Austen? Yes.",
        "finished",
        "1:01:05",
        "not run yet",
    ):
        assert words in page
    assert "2026-11-24 11:01 UTC" in page and "blind test" not in page and "data:image/png" in page
    for address in re.findall(r'<a href="([^"]+)"', page):
        assert (root / address).exists(), address
    assert "JaneAusten/outputs/Qwen3_14B-demo/adapter" in page
    assert browser.faults(root / "index.html") == []


def test_an_index_with_nothing_to_tell(tmp_path):
    (tmp_path / "NoteBooks").mkdir()
    reports.write_index(tmp_path / "NoteBooks")
    assert "There is no notebook yet" in (tmp_path / "NoteBooks/index.html").read_text()


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"verdict": [1]}', '{"verdict": [{}]}'])
def test_an_index_of_damaged_results(tmp_path, damage):
    root = collection(tmp_path)
    out = root / "JaneAusten/outputs/Qwen3_14B-demo"
    (out / "comparison.json").write_text(damage)
    (out / "differences.png").write_text("no picture")
    (root / "JaneAusten/Qwen3_14B_JaneAusten_FineTuning_executed.ipynb").write_text(damage)
    reports.write_index(root)
    page = (root / "index.html").read_text()
    assert "its report is damaged" in page and "data:image/png" not in page


def test_the_index_is_the_same_whatever_a_text_says(tmp_path, browser):
    import browser as chromium

    skeletons = []
    for words in (GOOD, EVIL):
        root = collection(tmp_path / str(len(skeletons)), words, words)
        reports.write_index(root)
        page, faults = browser.open(root / "index.html")
        page.wait_for_timeout(200)
        assert faults == [] and not page.evaluate("window.ran")
        skeletons.append(page.evaluate(chromium.SKELETON))
    assert skeletons[0] == skeletons[1]
