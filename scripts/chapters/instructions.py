# %% id="instructions-imports"
"""TODO: what this chapter promises."""

# %% [markdown] id="instruction_requests-text"
# ### Ask for instructions
# Rows should teach answering, so each passage needs something that it answers: a question, a task or a topic. The base model reads the passage and writes it; if what it writes is no use, it is asked something easier.

# %% id="instruction_requests"
import hashlib, re

REQUESTS = {  # of the try "ask", by kind
    "question": "Write the question that somebody asked and that the text above answers. Use your own words "
                "and name what it is about. Write only the question, at most 25 words.",
    "brief": "Write the task that somebody set and that the text above carries out: what to tell or explain. "
             "Use your own words and begin with a verb. Write only the task, at most 35 words.",
    "topic": "Write the topic of an essay for which the text above would be handed in, in your own words. "
             "Write only the topic, at most 20 words, and begin with \"Write about\"."}
EASIER = "What is this text about? Answer in a few words."  # of the try "about", which a small model can do
FRAMES = {"question": "What can you tell me about {}?", "brief": "Tell me in your own words about {}.",
          "topic": "Write about {}."}
GENERIC = {"question": "What can you tell me?", "brief": "Tell me something in your own words.",
           "topic": "Write about something."}  # a passage must be likelier after its instruction than after these
LABEL = re.compile(r"(the )?(essay )?(question|task|topic|answer)( is)?\s*:\s*", re.I)
ABOUT = re.compile(r"((this|the) \w+( above)?|it) (is|seems to be|appears to be|talks) (\w+ )?about ", re.I)
NESTED = re.compile(r"(an?|the) (\w+ )?((story|tale|scene|play|poem|text) (about|of|where|in which)|"
                    r"(character|man|woman|person),? (named|called)) ", re.I)
ASIDE = re.compile(r"[.!?](?=\s|$)|[,;:] (and |but )?(who|which|where|while|it|he|she|they|the text|the story)\b")
WRAPPING = " \t*_#\"“”"

def kind_of(passage_id):
    """Return "question", "brief" or "topic": which one is fixed by the passage's id."""
    return list(REQUESTS)[int(hashlib.sha256(passage_id.encode()).hexdigest(), 16) % len(REQUESTS)]

def request_for(text, kind, attempt):
    """Return what to ask the model about a passage, `attempt` being "ask" or "about"."""
    return f"{text}\n\n---\n{EASIER if attempt == 'about' else REQUESTS[kind]}"

def read_instruction(raw, kind, attempt):
    """Return the instruction in a model's answer `raw`: its first line, tidied, or "" if it holds none."""
    line = next((line.strip(WRAPPING) for line in raw.splitlines() if line.strip(WRAPPING)), "")
    line = LABEL.sub("", line, count=1).strip(WRAPPING)
    if attempt == "ask":
        said = line[:line.find("?") + 1] if kind == "question" else line
        return said if kind != "topic" or said[:12].lower() == "write about " else ""
    topic = ABOUT.sub("", line, count=1)
    topic = topic[:ASIDE.search(topic).start()] if ASIDE.search(topic) else topic.rpartition(",")[0]  # cut off
    topic = re.sub(r"\b(?![IVXLC]+\b)[A-Z]{3,}\b", lambda name: name[0].title(), NESTED.sub("", topic, count=1))
    return FRAMES[kind].format(topic.strip()) if ABOUT.match(line) and topic else ""

# %% [markdown] id="instruction_filters-text"
# ### Filters for instructions
# An instruction is dropped if it is too short or long, speaks of "the passage", copies more than five words in a row, or fits another passage better. What is left could have been asked by somebody who has not read the book.

# %% id="instruction_filters"
import re
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS, TfidfVectorizer

FEWEST, MOST = 4, 45  # words
SHARED = 5            # words in a row that an instruction may have in common with its passage
NEAREST = 3           # the passage must be among so many that are most like the instruction
TELLTALE = re.compile(r"\b(passages?|excerpts?|paragraphs?|fictional|above|as an ai|(an?|the|this|given) "
                      r"(texts?|extract|story|scene|author|narrator|speaker|character|quotes?))\b", re.I)

def plain_words(text):
    """Return the words of a text in lower case, without punctuation."""
    return re.findall(r"\w+(?:'\w+)*", text.lower().replace("’", "'"))

def content_words(text):
    """Return the set of a text's words that carry meaning."""
    return {word for word in plain_words(text) if word not in ENGLISH_STOP_WORDS and len(word) > 2}

def passage_ranker(texts):
    """Return rank(instruction, i): how many texts are more like it than text i is, by TF-IDF cosine.

    Where it has no word in common with text i, that is all of them.
    """
    vectorizer = TfidfVectorizer(stop_words="english", sublinear_tf=True)
    matrix = vectorizer.fit_transform(texts)
    def rank(instruction, i):
        scores = (matrix @ vectorizer.transform([instruction]).T).toarray()[:, 0]
        return int((scores > scores[i]).sum()) if scores[i] > 0 else len(texts)
    return rank

def instruction_fault(instruction, text, rank):
    """Return the filter that an instruction fails, or ""; `rank` texts are more like it than its own one."""
    words, own = plain_words(instruction), f" {' '.join(plain_words(text))} "
    if not FEWEST <= len(words) <= MOST or len(content_words(instruction)) < 2:
        return "length"
    if TELLTALE.search(instruction) or 2 * len(set(words)) < len(words):
        return "wording"
    if any(f" {' '.join(words[i:i + SHARED + 1])} " in own for i in range(len(words) - SHARED)):
        return "copied words"
    return "" if rank < NEAREST else "another passage is nearer"

# %% [markdown] id="instruction_writers-text"
# ### What is kept
# The model's words for each passage, and how well each instruction predicts its passage.

# %% id="instruction_writers"
def cached_writer(path, cached, key, ask, batch_size, progress, kind_of, request_for, read_instruction):
    """Return write(passages, attempt) -> the model's instruction for each; what it said is kept in `path`."""
    def write(passages, attempt):
        rows = [{"id": p["id"], "kind": kind_of(p["id"]), "attempt": attempt} for p in passages]
        asked = [request_for(p["text"], row["kind"], attempt) for p, row in zip(passages, rows)]
        def make(batch):
            return [{**row, "raw": raw} for (row, _), raw in zip(batch, ask([text for _, text in batch]))]
        made = cached(path, list(zip(rows, asked)), [key(text) for text in asked], make, batch_size,
                      f"Instructions, try \"{attempt}\"", progress)
        return [read_instruction(one["raw"], row["kind"], attempt) for one, row in zip(made, rows)]
    return write

def cached_losses(path, cached, key, losses, generic, batch_size, progress):
    """Return compare(triples): for each (passage, instruction, text) the nats a token of the text after the
    instruction and after generic(passage), kept in `path`."""
    def make(triples):
        _, instructions, texts = zip(*triples)
        nats = losses([*instructions, *(generic(passage) for passage, _, _ in triples)], [*texts, *texts])
        return [{"nats": [round(one, 4) for one in two]} for two in zip(nats, nats[len(triples):])]
    def compare(triples):
        keys = [key(generic(passage), instruction, text) for passage, instruction, text in triples]
        return [one["nats"] for one in cached(path, triples, keys, make, batch_size, "Do they help?", progress)]
    return compare

# %% [markdown] id="make_instructions-text"
# ### Which instructions stay
# The last filters ask the model and look at the others: a passage must be likelier after its instruction than after "Write something.", and no two instructions may be nearly the same.

# %% id="make_instructions"
import collections

COMPARED = 300  # characters of a passage whose likelihood is compared: an instruction helps its start most
ALIKE = 0.8     # two instructions that share this much of their content words are the same

def make_instructions(passages, attempts, write, fault, content_words, losses):
    """Return ({passage id: instruction}, Counter of (attempt, fault)); fault "" are the kept ones.

    write(passages, attempt) gives an instruction for each, fault(instruction, passage) "" or a reason to drop it,
    losses([(passage, instruction, text)]) two figures each: nats a token of the text after the instruction and
    after one that says nothing.
    """
    kept, known, counts = {}, [], collections.Counter()
    for attempt in attempts:
        left = [passage for passage in passages if passage["id"] not in kept]
        texts = write(left, attempt)
        made = [[passage, text, fault(text, passage)] for passage, text in zip(left, texts, strict=True)]
        good = [one for one in made if not one[2]]
        nats = losses([(passage, text, passage["text"][:COMPARED]) for passage, text, _ in good])
        for one, (own, generic) in zip(good, nats, strict=True):
            one[2] = "" if own < generic else "does not help"
        for one in good:
            words = content_words(one[1])
            if not one[2] and any(len(words & other) >= ALIKE * len(words | other) for other in known):
                one[2] = "near-duplicate"
            if not one[2]:
                kept[one[0]["id"]] = one[1]
                known.append(words)
        counts.update((attempt, reason) for _, _, reason in made)
    return kept, counts

# %% [markdown] id="model_instructions-text"
# ### Write the instructions
# The table counts what was kept and which filter dropped the rest, for each try. A passage whose tries all failed gets a template in the next step.

# %% id="model_instructions"
import pandas
from IPython.display import display

# On the GPU, and in the demo: its model is too small for the first try, and slow
TRIES = {False: ("ask", "about"), True: ("about",)}
TOKENS = {False: 48, True: 32}   # that an instruction may take
READ = {False: None, True: 400}  # characters of the passage that the model reads (None: all)

# MAIN if __name__ == "__main__":
# MAIN     asking = {"system": PLAIN_SYSTEM_PROMPT, "temperature": 0, "max_new_tokens": TOKENS[DEMO_RUN]}
# MAIN     rank, place = passage_ranker([p["text"] for p in passages]), {p["id"]: n for n, p in enumerate(passages)}
# MAIN     write = cached_writer(
# MAIN         OUT_DIR / "instructions.jsonl", cached_batches, lambda request: instruction_key(MODEL, asking, request),
# MAIN         lambda requests: [one["answer"] for one in answer(requests, **asking, progress=lambda items, label: items)],
# MAIN         GENERATION_BATCH, progress, kind_of,
# MAIN         lambda text, kind, attempt: request_for(text[:READ[DEMO_RUN]], kind, attempt), read_instruction)
# MAIN     compare = cached_losses(
# MAIN         OUT_DIR / "instruction_losses.jsonl", cached_batches,
# MAIN         lambda *triple: instruction_key(MODEL, PLAIN_SYSTEM_PROMPT, *triple), losses,
# MAIN         lambda passage: GENERIC[kind_of(passage["id"])], GENERATION_BATCH, progress)
# MAIN     with plain_errors():
# MAIN         instructions, counts = make_instructions(
# MAIN             passages if INSTRUCTIONS == "model" else [], TRIES[DEMO_RUN], write,
# MAIN             lambda text, p: instruction_fault(text, p["text"], rank(text, place[p["id"]])),
# MAIN             content_words, compare)
# MAIN     table = pandas.Series({(reason or "kept", f"try “{attempt}”"): n for (attempt, reason), n in counts.items()})
# MAIN     display(table.unstack(fill_value=0) if counts else "The model is asked for no instructions.")
# MAIN
