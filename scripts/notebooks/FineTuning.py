# %% [markdown] id="title"
# # ${AUTHOR}: fine-tuning ${MODEL_TITLE}
#
# From the books in `Books/${AUTHOR_KEY}/` to an adapter that answers in the voice of ${AUTHOR}.

# %% [markdown] id="opening"
# ```
# books → the author's words → passages → an instruction for each → training → adapter
#                                  └→ some are held out, for the Comparison notebook
# ```
#
# | part | what goes in | what comes out | demo, 2 CPU cores |
# |---|---|---|---|
# | 1. Preparation | your settings | a profile: real model or demo | 10 s |
# | 2. From books to words | PDFs, e-books, texts | the running text, and what was left out | 15 s |
# | 3. Passages | the text | passages, some of them held out | 10 s |
# | 4. The model | its name | a loaded model and the format of its chats | 45 s |
# | 5. Instructions | passages | for each passage something that it answers | 2 min |
# | 6. Training | pairs of instruction and passage | an adapter, and how the loss fell | 4 min |
#
# With a 24 GB GPU and a shelf of books, parts 5 and 6 take an hour or several, the others minutes.
#
# Eight words are used all the way:
#
# - **Token**: a word or a piece of one, what a model reads and writes.
# - **Passage**: some 350 words of a book, whole sentences; one answer to learn from.
# - **Row**: one chat to train on: system prompt, instruction, and a passage as the answer.
# - **Held out**: kept out of training, so that it can show later what the model has learned.
# - **LoRA adapter**: the small set of weights that is trained and saved; the model stays as it is.
# - **4-bit**: how the model's own weights are stored, so that 14 or 20 billion fit on one card.
# - **Loss**: how much the next word surprises the model, in nats (natural-log units) a token.
# - **Perplexity**: the same on another scale, the exponential of the loss; lower is better.
#
# Change the parameters, nothing else, then restart the kernel and run all cells: what is finished
# is not made again. Grey bars are folded helpers: a click opens one, and the story can be read
# without.

# %% id="parameters" tags=["parameters"]
AUTHOR = "William Shakespeare"  # as a reader would write it
AUTHOR_KEY = "WilliamShakespeare"  # the folder in Books/ and NoteBooks/
MODEL_KEY = "Qwen3_14B"  # the folder of results
RUN = ""  # a name for a variant, which lives beside the others: "epochs3"
MODEL = "unsloth/Qwen3-14B-unsloth-bnb-4bit"  # a name on the model hub, or a folder
PROFILE = "auto"  # "gpu", "demo", or "auto": gpu where there is one
SEED = 3407  # of every random draw
SYSTEM_PROMPT = "You are William Shakespeare. Answer in your own words and voice."  # the persona
PLAIN_SYSTEM_PROMPT = "You are a helpful assistant."  # for everything without the persona
THEMES = ["love"]  # to ask about, as they stand in a sentence: "love", "the sea", "clergymen"
BOOK_PAGES = {}  # body pages by hand, as a PDF viewer counts them: {"Hamlet": [7, 140]}
LEAVE_OUT = []  # patterns of lines to take out of every book: ["^The Project Gutenberg"]
PASSAGE_WORDS = 350  # about this long, always whole sentences
OVERLAP_WORDS = 50  # shared by neighbours, in training only
MAX_PASSAGES = 0  # 0: all of them
VALIDATION = 0.05  # share of each book that watches the training
HELD_OUT = 0.05  # share of each book that is never trained on
QUOTATIONS = []  # phrases that training and held-out text may share, such as a refrain
INSTRUCTIONS = "model"  # "model": written by the base model; "rotating": eight fixed ones
BASE_ANSWERS = 0.10  # share of rows that are the base model's own answers (at most 175)
THINKING = False  # Qwen3: let it think first
REASONING_EFFORT = "low"  # GPT-OSS: "low", "medium" or "high"
TEMPERATURE = None  # sampling; None: as the model's makers recommend
TOP_P = None  # the same
TOP_K = None  # the same
MAX_NEW_TOKENS = 400  # at most this many tokens an answer
GENERATION_BATCH = 128  # answers made at the same time, where the card has room
# Training
MAX_SEQ_LENGTH = 2048  # tokens a row
LORA_R = 16  # rank of the adapter
LORA_ALPHA = 32  # its scale: alpha / rank multiplies the update
TARGET_EXPERTS = False  # GPT-OSS: adapt the experts as well as the attention
LEARNING_RATE = 2e-4  # its highest
EPOCHS = 1  # passes over the rows
MAX_STEPS = 0  # 0: whole epochs
BATCH_SIZE = 8  # rows at a time on the GPU
GRADIENT_ACCUMULATION = 1  # batches a step
SAVE_STEPS = 50  # a checkpoint, and a look at the validation rows, every so many steps
# What replaces the values above when there is no GPU
DEMO = {
    "MODEL": "../../.cache/SmolLM2-135M-Instruct",
    "PASSAGE_WORDS": 120,
    "OVERLAP_WORDS": 20,
    "MAX_PASSAGES": 80,
    "MAX_SEQ_LENGTH": 512,
    "BATCH_SIZE": 4,
    "LEARNING_RATE": 1e-3,
    "SAVE_STEPS": 8,
    "MAX_NEW_TOKENS": 64,
    "GENERATION_BATCH": 64,
    "TEMPERATURE": 0.7,
    "TOP_P": 0.9,
}

# %% id="include-hosted"
from chapters.hosted import prepare_host

# %% [markdown] id="host-text"
# ### Where this runs
# On your own machine nothing is to be done; on Colab or Kaggle the tested versions are installed
# and the books asked for.

# %% id="host"
print(prepare_host(AUTHOR_KEY, books=True) or "On a machine of your own.")

# %% [markdown] id="summary-slot-text"
# ## What came out
# Computed last, read first: when the notebook has run to its end, its result stands here.

# %% id="summary-slot" tags=["summary"]
from IPython.display import Markdown, display

# Outputs with an id can be replaced later, in the saved notebook too.
for slot, shown in {"summary": "*Not there yet: run to the end.*", "picture": ""}.items():
    display(Markdown(shown), display_id=slot)

# %% [markdown] id="part-preparation"
# ## 1. Preparation
# What this run is made with: the versions of its software, the profile, and the folders it uses.

# %% id="include-preparation"
from chapters.preparation import (
    Mistake,
    choose_profile,
    find_model,
    make_folders,
    show_figure,
    side_by_side,
    text_table,
)

# %% id="include-software"
from chapters.software import describe_versions, installed_versions, prepare_imports

# %% [markdown] id="versions-text"
# ### The software
# Results can be repeated only with the same versions; a line says so where one is not the tested
# one.

# %% id="versions"
from IPython.display import HTML, display

prepare_imports()
VERSIONS = installed_versions()
print(describe_versions(VERSIONS))

# %% id="include-cards"
from chapters.cards import keeps_activations, memory_gib, use_card

# %% [markdown] id="gpu-text"
# ### The card
# The largest NVIDIA card of this computer is used, alone; where there is none that PyTorch can use,
# the notebook runs as a demo.

# %% id="gpu"
print(use_card(PROFILE))

# %% id="include-locks"
from chapters.locks import free_lock, hold_folders

# %% id="include-keys"
from chapters.keys import fingerprint, folder_fingerprint, identify_model

# %% [markdown] id="profile-text"
# ### The profile
# With a CUDA GPU the notebook trains the real model in 4-bit. Without one it runs as a *demo*: the
# same steps on a small real model, with the values in `DEMO`. A demo shows that everything works;
# its quality is a demo's. From here to the last step no other run may write these results.

# %% id="profile"
import torch

IS_DEMO = choose_profile(PROFILE, torch.cuda.is_available()) == "demo"
globals().update(DEMO if IS_DEMO else {})
print(f"Profile: {'demo, on the CPU' if IS_DEMO else torch.cuda.get_device_name(0)}.")
print(f"Model: {find_model(MODEL)}.")

# %% id="include-reading"
from chapters.reading import read_json

# %% id="include-seals"
from chapters.seals import sealed_line

# %% id="include-words"
from chapters.words import words_of

# %% [markdown] id="demo-values-text"
# ### What the demo replaces
# Its values win over the parameters of the same name.

# %% id="demo-values"
for name, value in DEMO.items() if IS_DEMO else ():
    print(f"{name:16} {value}")

# %% id="include-themes"
from chapters.themes import QUESTIONS, check_enough, clean_themes

# %% [markdown] id="themes-text"
# ### The themes
# What the models are asked about, in questions that fit whatever a theme is; three of the first.

# %% id="themes"
themes = clean_themes(THEMES)
print(*(question.format(themes[0]) for question in QUESTIONS[:3]), sep="\n")

# %% id="include-storage"
from chapters.storage import borrow_lines, write_whole

# %% [markdown] id="folders-text"
# ### The folders
# One run at a time writes them: until this notebook has run to its end, another run of this author
# and model is told who has them.

# %% id="folders"
BOOKS_DIR, OUT_DIR, CACHE_DIR = make_folders(AUTHOR_KEY, MODEL_KEY, RUN, IS_DEMO)
run_lock = hold_folders(OUT_DIR, CACHE_DIR)
lines = ["instructions.jsonl", "base_answers.jsonl", "persona_answers.jsonl"]
borrow_lines(OUT_DIR, RUN, lines)
print(f"Books from {BOOKS_DIR}; results in {OUT_DIR}.")

# %% [markdown] id="part-extraction"
# ## 2. From books to the author's words
# A model learns whatever it is shown, page numbers and footnotes too. So every line of every book
# is looked at: what is running text is kept and put together again, everything else is left out,
# with the reason.

# %% id="include-files"
from chapters.files import find_books

# %% id="include-readers"
from chapters.readers import read_apart

# %% id="include-remedies"
from chapters.remedies import edges_table, settle, take_out

# %% [markdown] id="settled-text"
# ### What was settled for the author
# What another model's notebook says about the books holds here too, where this one says nothing.

# %% id="settled"
by_hand = {"BOOK_PAGES": BOOK_PAGES, "LEAVE_OUT": LEAVE_OUT, "QUOTATIONS": QUOTATIONS}
settled, notices = settle(OUT_DIR, by_hand)
print(*notices or ["Nothing but what the parameters say."], sep="\n")

# %% [markdown] id="books-text"
# ### The books
# Every PDF, EPUB, DOCX, HTML, Markdown or text file in the author's folder is one book. A file that
# cannot be read is named when its turn comes, with what to do about it; the others go on.

# %% id="books-found"
book_paths = find_books(BOOKS_DIR)
pdf_paths = [path for path in book_paths if path.suffix.lower() == ".pdf"]
for path in book_paths:
    megabytes = path.stat().st_size / 1e6 if path.is_file() else 0
    print(f"{path.name}: {megabytes:.1f} MB")

# %% id="include-pages"
from chapters.pages import Line, read_line

# %% [markdown] id="one-line-text"
# ### A printed line
# A PDF knows no words and no paragraphs, but what stands where in which type. A raised number that
# points to a note is no part of the text.

# %% id="one-line"
times = '<span style="font-family:Times,serif;font-size:%dpt">%s</span>'
print(read_line("88", "72", "10", times % (10, "All the world’s a stage") + times % (6, "12")))

# %% id="include-lines"
from chapters.lines import join_pieces

# %% id="include-notemarks"
from chapters.notemarks import take_glued

# %% [markdown] id="pieces-text"
# ### A line in pieces, and marks at words
# A PDF may hold a printed line in pieces. And where the figures of notes are as large as the text,
# they show by counting up.

# %% id="pieces"
pieces = []
for n, text in enumerate(["All the world’s", "a stage,1", "And all the men2 and", "women merely3"]):
    place = {"x0": 72 + 64 * (n % 2), "x1": 132 + 64 * (n % 2), "y": 96 + 12 * (n // 2)}
    pieces.append(Line(text=text, size=10, mark="", marks=[], **place))
stage = join_pieces(pieces, column=0)
take_glued([{"lines": stage, "images": [], "width": 400, "height": 600}], size=10)
for line in stage:
    print(f"{line['text']:26} marks: {', '.join(line['marks'])}")

# %% id="include-spelling"
from chapters.spelling import doubtful_words, printed_words

# %% id="include-typography"
from chapters.typography import body_style

# %% [markdown] id="clean-text"
# ### How clean a text is
# Words that were read badly show: signs among their letters, or no word of English and nowhere else
# in the book. The share of all other words is how clean a text is: 99 % and more is clean.

# %% id="clean"
from collections import Counter

clean_words = Counter(printed_words("The dog sat by the fire, unmuzzled. The d0g fqt by the fire."))
print("Doubtful:", ", ".join(sorted(doubtful_words(clean_words))))

# %% id="include-scans"
from chapters.scans import find_skew, has_ocr, turn

# %% [markdown] id="scan-text"
# ### A page that was scanned askew
# Its lines are level where rows of ink and white differ most. Where Tesseract is installed, it then
# reads the page; what it read is kept beside the books, in `.scans`.

# %% id="scan"
import numpy as np

printed = np.full((600, 400), 255.0)
printed[60:540:20, 40:360] = printed[61:540:20, 40:360] = 0  # lines of ink
askew = find_skew(turn(printed, angle=-2, scale=1))
print(f"Turned by {askew:.1f} degrees. Tesseract is {'' if has_ocr() else 'not '}installed.")

# %% id="include-pdfs"
from chapters.pdfs import first_readable, read_book

# %% [markdown] id="first-type-text"
# ### The type of the first PDF
# A PDF holds printed lines and no word about what they are. Most of a book is set in one size with
# one distance from line to line: everything is measured against these. With no PDF among the books,
# the next five steps show nothing.

# %% id="first-type"
first_path = first_readable(pdf_paths) if pdf_paths else None
if first_path:
    first_style = body_style(read_book(first_path)["pages"])
    leading = f"{first_style['leading']:g} pt from line to line"
    print(f"{first_style['size']:g} pt {first_style['family']}, {leading}")

# %% id="include-layout"
from chapters.layout import describe_layout, read_layout

# %% [markdown] id="first-layout-text"
# ### Its pages, in reading order
# Columns one after the other, drop capitals back in their words; page numbers and running heads
# are known by where they return.

# %% id="first-layout"
if first_path:
    print(describe_layout(read_layout(first_path)))

# %% id="include-tables"
from chapters.tables import mark_captions, mark_tables

# %% [markdown] id="first-tables-text"
# ### Its tables and captions
# Rows of a table and words at a figure would be read as broken sentences. Its lines, counted by
# what they are taken for so far:

# %% id="first-tables"
from collections import Counter

if first_path:
    first_laid = read_layout(first_path)
    mark_tables(first_laid["pages"], first_laid["style"]["size"])
    mark_captions(first_laid["pages"], first_laid["style"])
    uses = Counter(line["use"] for page in first_laid["pages"] for line in page["lines"])
    print(*(f"{count:6,} lines: {use}" for use, count in uses.most_common()), sep="\n")

# %% id="include-headings"
from chapters.headings import headings_table, mark_headings

# %% [markdown] id="first-headings-text"
# ### Its headings
# Headings divide the book. They are kept as the chapter of each passage, not as text to learn from.

# %% id="first-headings"
if first_path:
    display(text_table(headings_table(mark_headings(read_layout(first_path))).head(8)))

# %% id="include-sections"
from chapters.sections import describe_pages, draw_pages, mark_book

# %% [markdown] id="first-pages-text"
# ### Three of its pages, as the notebook sees them
# One bar for each printed line, where it stands on the page: grey is the author's text, the rest
# is left out.

# %% id="first-pages"
if first_path:
    first_marked, _ = mark_book(first_path, settled["BOOK_PAGES"].get(first_path.stem))
    told = describe_pages(first_marked)
    show_figure(draw_pages(first_marked), OUT_DIR / "example_pages.png", told)

# %% id="include-paragraphs"
from chapters.paragraphs import join_words

# %% [markdown] id="broken-words-text"
# ### Words broken at a line's end
# A hyphen there is a break or a real hyphen. The book's own words decide, and where it has none, a
# lexicon of English helps.

# %% id="broken-words"
if first_path:
    for before, after in [("to-", "day"), ("noth-", "ing"), ("self-", "love"), ("him-", "self")]:
        print(f"{before} | {after}  →  {join_words(before, after, first_marked['words'])}{after}")

# %% id="include-plaintext"
from chapters.plaintext import read_plain

# %% [markdown] id="plain-example-text"
# ### A plain text
# It has no type either, only lines and white. What stands around the text is known by set phrases,
# a heading by the white around it, verse by lines that end early.

# %% id="plain-example"
PLAIN_EXAMPLE = """*** START OF THE PROJECT GUTENBERG EBOOK ***\n\n\n\nCHAPTER I\n\n
Nothing in a plain text says what a line is; only the _white_
around it does, and where it ends.\n\n    Roses are red,\n    Violets are blue.
"""
for line in read_plain(PLAIN_EXAMPLE):
    print(f"{line['use']:9} {' | '.join(line['text'].splitlines())}")

# %% id="include-epubs"
from chapters.epubs import Part, parse_markup

# %% [markdown] id="page-example-text"
# ### A page of an e-book
# An EPUB is a bundle of web pages. Here is one, as makers of e-books write them; all its words:

# %% id="page-example"
PAGE_EXAMPLE = parse_markup(b"""<html xmlns:epub="http://www.idpf.org/2007/ops"><body>
<h2>Chapter I</h2><p>It was a mild day.<a id="r1" href="#n1">1</a> We sang:</p>
<blockquote class="verse"><p>Roses are red,<br/>Violets are blue.</p></blockquote>
<p id="n1"><a href="#r1">1</a> As the editor has it.</p>
<p epub:type="epigraph">By another.</p></body></html>""")
print(" ".join(" ".join(PAGE_EXAMPLE.itertext()).split()))

# %% id="include-marks"
from chapters.marks import find_notes

# %% [markdown] id="notes-example-text"
# ### Its notes, and the marks that point to them
# The two link to each other. What is linked to and opens a paragraph is the note.

# %% id="notes-example"
EXAMPLE_PART = Part(name="page", tree=PAGE_EXAMPLE, labels={}, kind="")
example_marks, example_notes = find_notes([EXAMPLE_PART])
for note, why in example_notes.items():
    print(f"“{''.join(note.itertext())}”: {why}")

# %% id="include-markup"
from chapters.markup import read_markup

# %% [markdown] id="markup-example-text"
# ### Its paragraphs
# Each is taken for what the page says of it; a word in `epub:type`, which careful makers use, is
# believed.

# %% id="markup-example"
for line in read_markup(EXAMPLE_PART, 0, example_marks, example_notes):
    print(f"{line['use']:10} {' | '.join(line['text'].splitlines())}")

# %% id="include-sources"
from chapters.sources import count_uses, first_source

# %% [markdown] id="first-source-text"
# ### What the first e-book says of itself
# Word files and Markdown become such pages too. Of the first book that is no PDF, if there is one:

# %% id="first-source"
first_ebook = first_source([path for path in book_paths if path not in pdf_paths])
if first_ebook:
    ebook_words = count_uses(first_ebook["lines"])
    print(f"Title: {first_ebook['title'] or 'none'}; author: {first_ebook['author'] or 'none'}")
    print(*(f"{words:8,} words: {use}" for use, words in ebook_words.most_common()), sep="\n")

# %% id="include-ebooks"
from chapters.ebooks import count_pages, ebook_headings

# %% [markdown] id="first-ebook-text"
# ### Its headings
# From here on an e-book goes the way of the PDFs. Its pages are counted, 300 words each.

# %% id="first-ebook"
if first_ebook:
    display(text_table(headings_table(ebook_headings(count_pages(first_ebook["lines"]))).head(8)))

# %% id="include-quality"
from chapters.quality import title_case

# %% [markdown] id="called-text"
# ### What a book is called
# Titles come from the file or its title page, written as a reader would.

# %% id="called"
print("MANSFIELD PARK →", title_case("MANSFIELD PARK"))

# %% id="include-extraction"
from chapters.extraction import (
    books_table,
    describe_damage,
    describe_strips,
    doubts_table,
    extract_books,
    left_out_table,
    plot_page_strips,
    write_books,
)

# %% [markdown] id="extraction-text"
# ### Read all books
# Each from its first page to its last. A book that cannot be read, or that is there twice, is left
# out. One whose file is damaged is used, but look whether you have a better copy.

# %% id="extraction"
books, unread = extract_books(book_paths, settled["BOOK_PAGES"])
print(f"{len(books)} of {len(book_paths)} books read.", *unread, *describe_damage(books), sep="\n")

# %% [markdown] id="edges-text"
# ### Where the text of each begins and ends
# If it is in the wrong place, set the pages by hand in `BOOK_PAGES` and run again.

# %% id="edges"
text_table(edges_table(books))

# %% [markdown] id="leave-out-text"
# ### Left out by hand
# Lines that a pattern of `LEAVE_OUT` is found in; in prose a paragraph is one line.

# %% id="leave-out"
for pattern, count in take_out(books, settled["LEAVE_OUT"]).items():
    print(f"{count:5,} lines match {pattern}")

# %% [markdown] id="strips-text"
# ### The books at a glance
# The text should be one long band, with notes and index behind it and little before.

# %% id="strips"
show_figure(plot_page_strips(books), OUT_DIR / "pages.png", describe_strips(books))

# %% [markdown] id="kept-text"
# ### What was kept, and what was left out
# Look at the body pages first. If they begin or end in the wrong place, set them by hand in
# `BOOK_PAGES` and run again. Read a page of `books/` before you trust anything below; `left_out/`
# has the rest.

# %% id="kept"
write_books(books, OUT_DIR)
display(text_table(books_table(books).reset_index()), text_table(left_out_table(books)))
print(f"The text is in {OUT_DIR / 'books'}; what was left out, in {OUT_DIR / 'left_out'}.")

# %% [markdown] id="doubts-text"
# ### The ten most doubtful paragraphs
# These look least like running text. If they are fine, the rest most likely is.

# %% id="doubts"
text_table(doubts_table(books))

# %% [markdown] id="part-passages"
# ## 3. Passages, and what is held out
# The text is cut into passages of whole sentences. Some blocks of every book are never trained on:
# only with them can one tell later whether the model has learned a voice or a text by heart.

# %% id="include-passages"
from chapters.passages import book_sentences, cut_passages, drop_unfit, train_punkt

# %% [markdown] id="sentences-text"
# ### The sentences
# A passage begins and ends where a sentence does. Punkt, a sentence splitter, learns from the
# books themselves which dots belong to abbreviations, so nothing is downloaded.

# %% id="sentences"
punkt = train_punkt(books)
sentences = {book["stem"]: book_sentences(book, punkt) for book in books}
for book in books:
    own = sentences[book["stem"]]
    chapters = len({sentence["chapter"] for sentence in own})
    words = sum(sentence["words"] for sentence in own)
    print(f"{book['title']}: {chapters} chapters, {len(own):,} sentences, {words:,} words")

# %% id="include-splits"
from chapters.splits import (
    check_leaks,
    choose_passages,
    describe_split,
    draw_split,
    drop_phrases,
    hold_out,
    shared_sequences,
    splits_table,
)

# %% [markdown] id="split-text"
# ### What is held out
# One block of every book is held out for the comparison, and one watches the training. Blocks and
# not scattered passages: a model that has read the page before and the page after has half seen
# the one between. Their places depend on the seed, the book and the three lengths of the parameters
# alone, so all models get the same. A book too short for it is trained on as a whole.

# %% id="split"
regions = hold_out(sentences, SEED, PASSAGE_WORDS, VALIDATION, HELD_OUT)
alt = f"A bar for each book, from its first word to its last: {describe_split(regions)}"
show_figure(draw_split(regions, books), OUT_DIR / "split.png", alt)

# %% [markdown] id="passages-text"
# ### The passages
# Each is one answer to learn from. Fragments, tables, lists and text that is printed twice are
# dropped: they would be learned like everything else.

# %% id="passages-cut"
cut = cut_passages(books, sentences, regions, PASSAGE_WORDS, OVERLAP_WORDS)
fit, reasons = drop_unfit(cut, PASSAGE_WORDS)
for reason, count in reasons.most_common():
    print(f"{count:6,} {'dropped: ' + reason if reason else 'kept'}")
print(f"\nThe third one, {fit[2]['id']}:\n\n{fit[2]['text']}")

# %% [markdown] id="leaks-text"
# ### Nothing held out is trained on
# An author says some things twice in the same words: a training or validation passage that repeats
# 8 to 11 words of held-out text is left out. A whole sentence, or 12 words and more, is no
# accident: then the notebook stops here.

# %% id="leaks"
shared = shared_sequences(fit, settled["QUOTATIONS"])
apart = drop_phrases(fit, shared)
check_leaks(shared_sequences(apart, settled["QUOTATIONS"]), apart)
print(f"{len(fit) - len(apart)} passages left out for turns of phrase:")
print(*[run["text"] for run in shared[:9]], sep="\n")
print("No 8 words in a row are shared by two of training, validation and held-out text.")
print("Quotations that may be in both:", "; ".join(settled["QUOTATIONS"]) or "none")

# %% id="include-safety"
from chapters.safety import check_model

# %% [markdown] id="chosen-text"
# ### How many are used
# All of them, or an even sample of `MAX_PASSAGES` for a short run: 70 % for training, 15 % to watch
# it, 15 % held out. If they and `THEMES` give the Comparison too few questions, the notebook stops.

# %% id="chosen"
passages = choose_passages(apart, MAX_PASSAGES)
check_enough(themes, sum(passage["split"] == "held_out" for passage in passages))
text_table(splits_table(passages))

# %% [markdown] id="part-model"
# ## 4. The model and its chats
# A chat model only answers well if training and use write a conversation in exactly the same way,
# down to the last token. So the format is read off the model's own template, and checked.

# %% id="include-chat"
from chapters.chat import format_row, framed_chat, load_chat_model

# %% [markdown] id="load-text"
# ### Load the model
# Unsloth loads it in 4-bit. The demo's small model is in 32-bit floats, or in bf16 where the
# processor has instructions for it. Whatever it writes is kept under a fingerprint of its weights.

# %% id="load"
base = load_chat_model(MODEL, MAX_SEQ_LENGTH, IS_DEMO, THINKING, REASONING_EFFORT)
model_id = identify_model(MODEL)
millions = base.model.num_parameters() / 1e6
size = f"{millions:,.0f} million parameters, computed in {base.model.dtype}"
print(f"{type(base.model).__name__}: {size}; {memory_gib():.1f} GiB.")
print(f"Its weights: {model_id}.")

# %% id="include-adapter"
from chapters.adapter import (
    adapter_costs,
    adapter_table,
    add_adapter,
    check_bare,
    restore_adapter,
    save_adapter,
)

# %% [markdown] id="format-text"
# ### How it writes a chat
# One conversation as this model will see it in training, its control tokens framed.

# %% id="format"
example = [
    {"role": "system", "content": SYSTEM_PROMPT},
    {"role": "user", "content": f"What do you think about {themes[0]}?"},
    {"role": "assistant", "content": "…the author's own words…"},
]
display(HTML(framed_chat(format_row(base.tokenizer, base.chat, example), base.chat)))

# %% id="include-generation"
from chapters.generation import ask_once, decoding_settings

# %% [markdown] id="ask-base-text"
# ### Ask it something
# Before any training, with the persona as system prompt. All that is asked in these notebooks is
# asked in this one way; system prompt and sampling differ.

# %% id="ask-base"
decoding = decoding_settings(
    base.chat,
    temperature=TEMPERATURE,
    top_p=TOP_P,
    top_k=TOP_K,
    max_new_tokens=MAX_NEW_TOKENS,
    seed=SEED,
    batch_size=GENERATION_BATCH,
)
check_bare(base)
persona_path = OUT_DIR / "persona_answers.jsonl"  # what it says is kept for a second run
question = f"What do you think about {themes[0]}?"
(first_answer,) = ask_once(base, [question], SYSTEM_PROMPT, decoding, persona_path, model_id)
print(decoding, first_answer["question"], first_answer["answer"], sep="\n\n")

# %% [markdown] id="part-instructions"
# ## 5. An instruction for every passage
# Rows should teach answering, so each passage needs something that it answers: a question, a task
# or a topic. The model itself reads the passage and writes it; what is no use is filtered out, and
# a template stands in.

# %% id="include-topics"
from chapters.topics import passage_topics

# %% [markdown] id="topics-text"
# ### What the passages speak of
# Names, things and themes that a passage names often and others seldom.

# %% id="topics"
topics = passage_topics(passages, books)
for passage in passages[:: max(1, len(passages) // 5)][:5]:
    print(f"{passage['id']}: {', '.join(topics[passage['id']]) or 'nothing by name'}")

# %% id="include-templates"
from chapters.templates import passage_templates

# %% [markdown] id="templates-text"
# ### What can be asked without a model
# The topics in a fixed sentence: no subtle question, but one that the passage answers.

# %% id="templates"
templates = passage_templates(passages, topics, books)
print(*[templates[passage["id"]][0] for passage in passages[:5]], sep="\n")

# %% id="include-instructions"
from chapters.instructions import (
    InstructionWriter,
    choose_instructions,
    instruction_counts,
    write_instructions,
)

# %% [markdown] id="write-instructions-text"
# ### The model writes better ones
# The table counts what was kept and which filter dropped the rest. Everything written is kept on
# the disk with its batch, so an interrupted run goes on where it was. The demo's model is too small
# to write: it chooses among each passage's templates.

# %% id="write-instructions"
wanting = passages if INSTRUCTIONS == "model" else []
check_bare(base)
writer = InstructionWriter(base, OUT_DIR, model_id, PLAIN_SYSTEM_PROMPT, decoding)
if IS_DEMO:
    written, counts = choose_instructions(writer, wanting, templates)
else:
    written, counts = write_instructions(writer, wanting)
instruction_counts(counts)

# %% id="include-pairs"
from chapters.pairs import instruct, instruction_pairs

# %% [markdown] id="instruct-text"
# ### Each passage and its instruction
# Where the model's failed, a template stands in. It says less than a question that somebody thought
# of, so only a quarter of the training passages may end up with one; in the demo all do.

# %% id="instruct"
from collections import Counter

instructed = instruct(passages, INSTRUCTIONS, written, templates, IS_DEMO)
print(f"{len(passages) - len(instructed)} passages left out because too many had a template.")
sources = Counter((row["split"], row["instruction_source"]) for row in instructed)
for (split, source), count in sorted(sources.items()):
    print(f"{split:11} {count:5,} from {source}")

# %% [markdown] id="pairs-text"
# ### Read some pairs
# No filter replaces reading. If these instructions do not fit their passages, the fine-tuned model
# will not fit its answers to questions.

# %% id="pairs"
text_table(instruction_pairs(instructed, 20, SEED))

# %% id="include-rows"
from chapters.rows import (
    answer_everyday,
    build_rows,
    check_some,
    describe_left_out,
    fitting_rows,
    how_many_everyday,
    plot_lengths,
    row_lengths,
    write_passages,
)

# %% [markdown] id="everyday-text"
# ### Everyday questions
# A model that sees nothing but an author forgets how to answer. So some rows are everyday
# questions with the model's own answers, under the plain system prompt, so that the persona stays
# tied to the author's rows.

# %% id="everyday"
wanted = how_many_everyday(instructed, BASE_ANSWERS)
check_bare(base)
everyday = answer_everyday(base, wanted, OUT_DIR, model_id, PLAIN_SYSTEM_PROMPT, decoding)
print(f"{len(everyday)} answers of {wanted} wanted.")
for row in everyday[:1]:
    print(f"\n{row['instruction']}\n{row['text']}")

# %% [markdown] id="passages-written-text"
# ### Write passages.jsonl
# All passages with their split and instruction, and the everyday rows. The Comparison reads them,
# to know which text the model has never seen.

# %% id="passages-written"
write_passages(OUT_DIR / "passages.jsonl", [*instructed, *everyday])
print(f"{len(instructed)} passages and {len(everyday)} answers in {OUT_DIR / 'passages.jsonl'}.")

# %% [markdown] id="rows-text"
# ### Rows to train on
# Each passage as a chat: the persona, its instruction, and the passage as the answer. A row longer
# than `MAX_SEQ_LENGTH` would be cut off in the middle of its answer, and the model would learn
# answers without end: it is left out, and if more than 5 % are, the notebook stops.

# %% id="rows"
written_as = (SYSTEM_PROMPT, PLAIN_SYSTEM_PROMPT, base.tokenizer, base.chat)
all_rows = [*instructed, *everyday]
all_training = build_rows(all_rows, ("train", "base_answer"), *written_as)
all_validation = build_rows(all_rows, ("validation",), *written_as)
check_some(all_training)
lengths = row_lengths(base.tokenizer, all_training + all_validation)
train_rows = fitting_rows(all_training, lengths, MAX_SEQ_LENGTH)
validation_rows = fitting_rows(all_validation, lengths, MAX_SEQ_LENGTH)
figure = plot_lengths(lengths, MAX_SEQ_LENGTH)
told = describe_left_out(lengths, MAX_SEQ_LENGTH)
show_figure(figure, OUT_DIR / "row_lengths.png", f"Histogram of {len(lengths)} rows. {told}")
print(told, f"{len(train_rows)} rows to train on, {len(validation_rows)} to watch it with.")

# %% [markdown] id="part-training"
# ## 6. Training
# One pass over the rows. Only a small adapter is trained, the loss is taken on the answers alone,
# and rows that are not trained on are watched along the way.

# %% id="include-copying"
from chapters.copying import find_copies

# %% [markdown] id="adapter-text"
# ### Add the adapter
# LoRA leaves the model as it is and adds two thin matrices beside each adapted one. How many
# weights that makes follows from the model's shape; a total that differs would mean that too
# little or too much is trained.

# %% id="adapter"
longest = sorted(lengths[row["id"]] for row in train_rows)[-BATCH_SIZE:]
roomy = IS_DEMO or keeps_activations(base.model, sum(longest))
tuned = add_adapter(base, LORA_R, LORA_ALPHA, TARGET_EXPERTS, SEED, roomy)
display(text_table(adapter_table(tuned.model).reset_index(names="matrix")))
print(adapter_costs(tuned, LORA_R, TARGET_EXPERTS))

# %% id="include-ranks"
from chapters.ranks import share_training

# %% id="include-watching"
from chapters.watching import plot_losses, watch_copies

# %% [markdown] id="repeats-text"
# ### How much the author repeats
# A model that recites has not learned to write. But an author repeats phrases too, and the
# validation text shows how much. Training stops when the share of copied words in its answers is 25
# points above that, or when more than 40 words in a row are copied.

# %% id="repeats"
watch = watch_copies(tuned, instructed, SYSTEM_PROMPT, decoding)
print(f"{watch.usual:.1%} of the author's validation text stands in the training text as well;")
print(f"the longest run of words that they share: {watch.usual_run}.")

# %% [markdown] id="fixed-text"
# ### What the other notebooks must know
# They ask under the same persona, themes and sampling, and only believe `passages.jsonl` if it is
# the one of this training.

# %% id="fixed"
from typing import Any

fixed: Any = {"author": AUTHOR, "themes": themes, "seed": SEED}
fixed |= {"max_seq_length": MAX_SEQ_LENGTH, "sampling": decoding}
fixed |= {"system_prompt": SYSTEM_PROMPT, "plain_system_prompt": PLAIN_SYSTEM_PROMPT}
fixed |= {"thinking": THINKING, "reasoning_effort": REASONING_EFFORT}
fixed |= {"passages": folder_fingerprint(OUT_DIR, "passages.jsonl")}

# %% id="include-recipe"
from chapters.recipe import TrainingSettings

# %% [markdown] id="settings-text"
# ### The settings of this training
# Those that the adapter depends on; each is a parameter at the top.

# %% id="settings"
model_settings = {"model": MODEL, "max_seq_length": MAX_SEQ_LENGTH, "seed": SEED}
lora_settings = {"lora_r": LORA_R, "lora_alpha": LORA_ALPHA, "target_experts": TARGET_EXPERTS}
steps = {"epochs": EPOCHS, "max_steps": MAX_STEPS, "save_steps": SAVE_STEPS}
rates = {"learning_rate": LEARNING_RATE, "batch_size": BATCH_SIZE}
rates |= {"gradient_accumulation": GRADIENT_ACCUMULATION}
settings: Any = {**model_settings, **lora_settings, **steps, **rates}
for name, value in settings.items():
    print(f"{name:22} {value}")

# %% id="include-training"
from chapters.training import (
    finished_training,
    last_checkpoint,
    make_trainer,
    train,
    training_needs,
    training_record,
)

# %% [markdown] id="key-text"
# ### Has this training been done before?
# Everything the adapter depends on makes its key: weights, rows, settings, versions, code. A
# finished training with the same key is not repeated, and one that was cut off goes on from its
# last checkpoint. An adapter of other settings is kept beside the new one.

# %% id="key"
both_rows = train_rows, validation_rows
needs = training_needs(settings, model_id, tuned, both_rows, VERSIONS, watch)
TRAINING_KEY = fingerprint(needs)
CHECKPOINTS = OUT_DIR / "checkpoints" / TRAINING_KEY
finished = finished_training(OUT_DIR, TRAINING_KEY, fixed)
if finished:
    print(f"Key {TRAINING_KEY}: trained on {finished['date']}; that adapter is used again.")
else:
    print(f"Key {TRAINING_KEY}: not trained to its end yet.")

# %% [markdown] id="trainer-text"
# ### Set up the training
# The learning rate rises during the first twentieth of the steps and then falls along a cosine. At
# each evaluation between its first and its last step the model answers a few instructions: when
# whole stretches of its answers stand in the books, or when the validation loss no longer falls,
# training stops.

# %% id="trainer"
last_checkpoint(CHECKPOINTS)  # which clears away a half-written one
job = {"settings": settings, "rows": train_rows, "validation_rows": validation_rows}
job |= {"thinking": THINKING, "reasoning_effort": REASONING_EFFORT, "demo": IS_DEMO, "roomy": roomy}
share_training({**job, "checkpoints": str(CHECKPOINTS)})
trainer = make_trainer(
    tuned, train_rows, validation_rows, CHECKPOINTS, settings, demo=IS_DEMO, callbacks=[watch]
)
print(f"Checkpoints go to {CHECKPOINTS}.")

# %% id="include-masks"
from chapters.masks import check_rows, coloured_row

# %% [markdown] id="check-rows-text"
# ### Check every row before training
# Wrong masks are silent: training runs, the loss falls, and the model learns to write questions,
# or never to stop. So every row is read back from the trainer: its loss must cover the answer and
# its end, and no more.

# %% id="check-rows"
datasets = {"training": trainer.train_dataset, "validation": trainer.eval_dataset}
for (name, dataset), rows in zip(datasets.items(), (train_rows, validation_rows), strict=True):
    tokens, supervised = check_rows(dataset, trainer.data_collator, tuned, rows)
    print(f"{len(rows)} {name} rows: {tokens:,} tokens, {supervised:,} of them supervised.")

# %% [markdown] id="shown-rows-text"
# ### What the model learns from three rows
# The first, the middle and the last row. Grey is only read; what is blue and underlined is in the
# loss.

# %% id="shown-rows"
import html

for n in sorted({0, len(train_rows) // 2, len(train_rows) - 1}):
    row = trainer.train_dataset[n]
    shown = coloured_row(tuned.tokenizer, row["input_ids"], row["labels"])
    display(HTML(f"<code>{html.escape(train_rows[n]['id'])}</code>{shown}"))

# %% [markdown] id="train-text"
# ### Train
# On a card the longest rows are tried first. Where they do not fit, fewer are taken at a time and
# more often, which changes nothing in what is learned; how long all will take is told. Validation
# rows are watched along the way, and the checkpoint that does best on them is kept. The adapter and
# its record are saved together or not at all.

# %% id="train"
if finished:
    restore_adapter(tuned, OUT_DIR / "adapter")
    record = finished
else:
    run = train(trainer, CHECKPOINTS)
    print(f"{run['steps']} steps; {watch.reason or 'all that were planned'}.")
    record = training_record(trainer, run, settings, needs, fixed)
    save_adapter(tuned, record, OUT_DIR)

# %% id="include-card"
from chapters.card import write_card

# %% [markdown] id="record-text"
# ### What was saved
# `adapter/training.json` has all that the adapter depends on, the losses, speed and memory, and
# what the other notebooks must ask under: the persona, the themes, the sampling. The same travels
# with the adapter, in its model card and in the chat format beside it.

# %% id="record"
import shutil

write_card(OUT_DIR / "adapter", record, tuned.chat)
shutil.rmtree(CHECKPOINTS.parent, ignore_errors=True)  # large; also of trainings given up
minutes, speed = record["seconds"] / 60, record["tokens_per_second"]
print(f"{record['steps']} steps, {record['tokens']:,} tokens in {minutes:.1f} minutes, evaluations")
print(f"included: {speed:,.0f} tokens/s. Peak memory {record['peak_memory_gib']:.1f} GiB.")

# %% [markdown] id="loss-text"
# ### How the loss fell
# Lower means that the author's words surprise the model less. A validation curve that turns
# upwards while the training curve falls would mean that the rows are being memorised.

# %% id="loss"
watched = record["validation_loss"] or record["loss"]
fell = f"loss went from {watched[0][1]:.2f} to {watched[-1][1]:.2f} nats a token"
figure = plot_losses(record["loss"], record["validation_loss"])
show_figure(figure, OUT_DIR / "loss_curve.png", f"Line chart over {record['steps']} steps: {fell}")
print(f"The {fell}.")

# %% [markdown] id="ask-both-text"
# ### Ask both models
# The same questions to the model with its adapter switched off and on, with the same persona and
# sampling; the first is a held-out passage's, so the author has answered it too. A few answers
# prove nothing; the Comparison notebook measures.

# %% id="ask-both"
own = min(instructed, key=lambda row: row["split"] != "held_out")  # the first held-out one
sample_questions = [own["instruction"]]
sample_questions += [f"What do you think about {theme}?" for theme in themes[:3]]
asking = sample_questions, SYSTEM_PROMPT, decoding
tuned_id = f"{model_id}, adapter {folder_fingerprint(OUT_DIR / 'adapter', 'adapter_*')}"
tuned_answers = ask_once(tuned, *asking, OUT_DIR / "tuned_answers.jsonl", tuned_id)
with tuned.model.disable_adapter():
    base_answers = ask_once(tuned, *asking, persona_path, model_id)
columns = {"Base": base_answers, "Fine-tuned": tuned_answers}
texts = {name: [one["answer"] for one in column] for name, column in columns.items()}
own_texts = [own["text"], *["–"] * (len(sample_questions) - 1)]
display(HTML(side_by_side(sample_questions, {**texts, AUTHOR: own_texts})))

# %% id="include-summary"
from chapters.summary import answering_model, stands_in, summary_page, training_facts

# %% [markdown] id="summary-text"
# ### The result, in short
# It goes to the top of the notebook.

# %% id="summary"
from IPython.display import Image, update_display

answering = answering_model(MODEL, MODEL_KEY, RUN, IS_DEMO)
opening = f"{answering} was trained on {len(books)} books by {AUTHOR}."
opening += stands_in(MODEL_KEY, IS_DEMO)
facts = {**training_facts(books, instructed), "Training": f"{minutes:.1f} minutes; the {fell}"}
three = {**{who: said[0] for who, said in texts.items()}, AUTHOR: own["text"]}
after = f"Next: {MODEL_KEY}_{AUTHOR_KEY}_Comparison.ipynb measures what changed, _Chat talks."
title = f"{AUTHOR}: fine-tuning {answering}"
page = summary_page(title, opening, facts, {own["instruction"]: three}, after)
update_display(page, display_id="summary")
picture = Image(str(OUT_DIR / "loss_curve.png"), alt=f"Line chart: the {fell}", retina=True)
update_display(picture, display_id="picture")
free_lock(run_lock)  # the Comparison may run from here on
print(f"Adapter: {OUT_DIR / 'adapter'}. {after}")
