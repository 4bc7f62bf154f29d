# %% id="topics-imports"
"""What a passage is about, in words that fit into a question: names, things and themes."""

from chapters.extraction import Book
from chapters.passages import Passage
from chapters.spelling import lexicon

# %% [markdown] id="topics-words-text"
# #### Kinds of words
# A question can name *Captain Ahab*, *the carpenter* or *revenge*. No model is needed to find them,
# but one has to know that *carpenter* is a noun and *gone* is none: Brill's lexicon, which the
# package textblob brings along, has the usual part of speech of 94,000 English words.

# %% id="topics-words"
import math
import re
from collections import Counter

_TOKEN = re.compile(r"(?:Mrs?|Ms|Dr|St)\.|[^\W\d_]+(?:['’-][^\W\d_]+)*|\n|\d+|\S")
_RANKS = set(
    "Mr. Mrs. Ms. Dr. St. Mr Mrs Miss Sir Lady Lord King Queen Prince Princess Duke Count Earl "
    "Captain Colonel General Major Doctor Professor Father Mother Brother Sister Friar Saint Uncle "
    "Aunt Don Madame Monsieur President Judge Bishop Pope Emperor Signior".split()
)
_NO_NAMES = _RANKS | set(  # written with a capital, and yet nobody's name
    "Monday Tuesday Wednesday Thursday Friday Saturday Sunday January February March April May "
    "June July August September October November December Madam Sirrah Master Mistress Lordship "
    "Majesty Highness Grace Honour Worship Reverend Senor Lieutenant I Ay Aye Nay Yea Yes No Oh Ah "
    "Alas Fie Marry Well Why What But And If Hark Tut Pray Prithee Ho Lo Thou Thy God Lord Jove "
    "Heaven Amen Chapter Book Part Act Scene Enter Exit Exeunt".split()
)
_PARTS = {"Chapter", "Book", "Part", "Act", "Scene"}  # "Book Ii" is nobody's name
_SPEAKER = re.compile(r"^([A-Z]{2}[A-Z’']*(?: [A-Z][A-Z’']+)*)(?:[.:]|$)", re.M)  # of a play
_LINKS = {"of", "de", "von", "van"}  # inside a name
_AFTER = set(  # what may follow a whole noun phrase, beside punctuation
    "and or but nor so yet than as if because though while in on at by for with from into upon "
    "over under about after before between through against without within among toward towards "
    "near like is are was were be been am has have had do does did shall will should would may "
    "might must can could he she it they we you i there here then now not never ever all both too "
    "again still also up down out off away".split()
)
_VAGUE = set(  # nouns and adjectives that tell nobody what is meant
    "time times moment instant minute hour hours day days night week month year years man men "
    "woman women lady gentleman people person persons fellow boy girl child children husband wife "
    "father mother son daughter brother sister friend friends head heart hand hands eye eyes face "
    "mouth nose neck foot feet leg legs arm arms mind body brain voice side sides end ends way "
    "ways place places matter matters case cases fact facts rest part parts thing things point "
    "points one ones kind sort word words order row mass company inch distance space question "
    "problem hint mark rush job reader chapter page book passage text story author subject other "
    "others same own such first second third last next latter former whole present certain very "
    "mere more most few little long good great large considerable proper past particular single "
    "number lot use purpose means reason manner name fashion sight look air ground floor wall door "
    "room table window surface bed circumstance scene stage work works cry world light "
    "stroke".split()
)
_THEMES = set(
    "love hate hatred death life war peace honour honor revenge grief sorrow joy hope pride shame "
    "guilt fortune fate destiny justice mercy beauty virtue vice sin courage cowardice religion "
    "truth falsehood money wealth poverty marriage friendship jealousy ambition power freedom "
    "liberty slavery loyalty treason murder madness melancholy solitude loneliness happiness "
    "misery suffering pain pleasure memory conscience wisdom folly ignorance knowledge science "
    "history philosophy poetry music youth innocence vanity cruelty kindness patience anger rage "
    "despair gratitude forgiveness chaos responsibility evil violence hunger idleness education "
    "childhood society civilization government duty obedience superstition prayer".split()
)
_THEME_BEFORE = set(  # what shows that such a word is a noun
    "of for with by from in and or but no to against about between through without upon as than "
    "my thy your his her our their its the this that such true false all , \n".split(" ")
)


def word_class(word: str) -> str:
    """Return "noun", "adjective" or "" (any other, or unknown) of a word in small letters."""
    tag = lexicon().get(word, "")
    if word.endswith(("ly", "ing", "ed")):
        return "adjective" if tag == "JJ" else ""
    return {"NN": "noun", "NNP": "noun", "NNS": "noun", "JJ": "adjective"}.get(tag, "")


def tokens_of(text: str) -> list[str]:
    """Return words, marks and line ends in order, a line end before and after; ’ is curly."""
    return ["\n", *_TOKEN.findall(text.replace("'", "’")), "\n"]


def _bare(token: str) -> str:
    return re.sub(r"’s?$", "", token)


def _is_capital(token: str) -> bool:
    return token in _RANKS or (token[0].isupper() and any(map(str.islower, token)))


# %% [markdown] id="topics-names-text"
# #### Names
# A name is written with a capital inside sentences, and seldom without. *English*, mostly before a
# noun, and *a Quaker* are none; *the Pequod* keeps its article and *Mr. Darcy* his title. Whoever
# speaks in a play has his name, or what he is, before the speech.


# %% id="topics-names"
def capital_runs(tokens: list[str]) -> list[tuple[int, int]]:
    """Return [(first, end)] of the words with capitals in a row; a possessive ends a run."""
    runs, at = [], 0
    while at < len(tokens):
        end = at
        while _is_capital(tokens[end]):
            end += 1
            if _bare(tokens[end - 1]) != tokens[end - 1]:
                break
            if tokens[end] in _LINKS and _is_capital(tokens[end + 1]):
                end += 1
        if end > at:
            runs.append((at, end))
        at = max(end, at + 1)
    return runs


def _is_kind(name: str, told: str, inside: Counter[str]) -> bool:
    """Tell whether a name is one of many (the Dane, Grand Turks, Dons), or a part of a book."""
    words, article = name.split(), told != name
    one = words[-1].removesuffix("s")
    many = one != words[-1] and (one in _RANKS or (len(words) > 1 and not article and inside[one]))
    return bool(many or (article and inside[name + "s"]) or words[0] in _PARTS or "’" in name)


def find_names(corpus: list[list[str]]) -> dict[str, str]:
    """Return {name: as it stands in a sentence} of the author's texts, given as tokens."""
    small, inside, alone, the, a, bad = (Counter() for _ in range(6))
    for tokens in corpus:
        small.update(token for token in tokens if token.islower())
        for first, end in capital_runs(tokens):
            before, run = tokens[first - 1], [_bare(token) for token in tokens[first:end]]
            if before != "," and not before.islower():
                continue  # the capital may be the sentence's
            inside.update(run)
            name = " ".join(run)
            alone[name] += 1
            far = tokens[first - 2] if word_class(before) == "adjective" else before
            the[name] += far == "the"
            a[name] += far in ("a", "an")
            bad[name] += far in ("a", "an") or bool(word_class(tokens[end]))
    sure = {word for word, n in inside.items() if n > max(1, small[word.lower()])} - _NO_NAMES
    names = {}
    for name, count in alone.items():
        own = [word for word in name.split() if word not in _LINKS]
        often = count > 1 if len(own) > 1 else count > max(2, inside[name] / 3)
        article = 2 * the[name] >= count
        tag = "" if article or len(own) > 1 else lexicon().get(name.lower(), "")
        common = tag == "NNS" or (tag == "NN" and count < 5 + 10 * small[name.lower()])
        kind = article and a[name]  # the Dane is also a Dane: one of many, and maybe Hamlet
        if often and sure & set(own) and 4 * bad[name] < count and not (common or kind):
            names[name] = f"the {name}" if article else name
    names = {name: told for name, told in names.items() if not _is_kind(name, told, inside)}
    for name in names:  # the Lord Hamlet is Lord Hamlet, since Hamlet has no article either
        rank, _, rest = name.partition(" ")
        names[name] = name if rank in _RANKS and names.get(rest) == rest else names[name]
    return names


def find_speakers(texts: list[str], names: dict[str, str]) -> dict[str, str]:
    """Return {name in capitals: as it stands in a sentence} of who speaks three times or more."""
    speakers, known_words = {}, {word for text in texts for word in text.split()}
    for label, count in Counter(one for text in texts for one in _SPEAKER.findall(text)).items():
        name = " ".join(word.capitalize() for word in label.split())
        tag = lexicon().get(name.split()[-1].lower(), "NNP")
        known = name in names or any(word in names for word in name.split())
        part = label.split()[0].capitalize() in _PARTS  # BOOK II of a list speaks nothing
        if count > 2 and not part and (known or tag in ("NN", "NNS", "NNP")):
            proper = known or tag == "NNP"
            small = name.lower().split()  # but French, if the author never writes french
            small = [
                w if w in known_words or w.title() not in known_words else w.title() for w in small
            ]
            speakers[label] = names.get(name, name) if proper else f"the {' '.join(small)}"
    return speakers


def count_names(tokens: list[str], names: dict[str, str]) -> Counter[str]:
    """Return how often each of `names` stands in a text, as it stands in a sentence."""
    found = Counter()
    for first, end in capital_runs(tokens):
        words = [_bare(token) for token in tokens[first:end]]
        while words:
            sizes = range(len(words), 0, -1)
            size = next((n for n in sizes if " ".join(words[:n]) in names), 0)
            if size:
                found[names[" ".join(words[:size])]] += 1
            words = words[size or 1 :]
    return found


# %% [markdown] id="topics-things-text"
# #### Things and themes
# A thing is what the author often calls *the* something, with at most one adjective or noun before
# it and without an *of* or *who* that would have to follow. Themes are a short list of words that
# need no article, *love* or *war*. A passage is about what it names often and others seldom.

# %% id="topics-things"
_NO_THINGS = _VAGUE | _THEMES | _RANKS
OFTEN = {1: 5, 2: 3}  # times that a thing of one or two words stands complete in the books
MOST_TOPICS = 6  # of a passage
THING_WORDS = 120  # a passage is about a thing or theme named once in so many words, and twice


def noun_phrases(tokens: list[str]) -> list[tuple[str, str, bool]]:
    """Return [(article, noun phrase of one or two words, nothing has to follow)]."""
    found = []
    for at, token in enumerate(tokens[:-3]):
        for size in OFTEN if token.lower() in ("the", "a", "an") else ():
            words = tokens[at + 1 : at + 1 + size]
            after = tokens[min(at + 1 + size, len(tokens) - 1)]
            classes = [word_class(word) for word in words]
            if all(classes) and classes[-1] == "noun" and not _NO_THINGS & set(words):
                closed = not (after[0].isalnum() or after in "’-(") or after in _AFTER
                found.append((token.lower(), " ".join(words), closed))
    return found


def find_things(corpus: list[list[str]]) -> set[str]:
    """Return the things, without "the", of the author's texts, given as tokens."""
    complete, total, the = Counter(), Counter(), Counter()
    for tokens in corpus:
        for article, phrase, closed in noun_phrases(tokens):
            total[phrase] += 1
            complete[phrase] += closed
            the[phrase] += article == "the"
    known = {phrase for phrase, n in complete.items() if n >= OFTEN[phrase.count(" ") + 1]}
    # With a capital, as the Pacific, it is one alone: nobody writes a Pacific.
    known = {one for one in known if one.islower() or the[one] == total[one]}
    return {one for one in known if 2 * min(complete[one], the[one]) > total[one]}


def count_things(tokens: list[str], things: set[str]) -> Counter[str]:
    """Return how often each of `things`, with "the", stands in a text that calls it so, and how
    often each theme does."""
    named = {phrase for article, phrase, _ in noun_phrases(tokens) if article == "the"}
    flat = f" {' '.join(tokens)} "
    found = Counter({f"the {one}": flat.count(f" {one} ") for one in named & things})
    pairs = zip(tokens, tokens[1:], strict=False)
    found.update(
        word for before, word in pairs if word in _THEMES and before.lower() in _THEME_BEFORE
    )
    return found


def is_named(topic: str) -> bool:
    """Tell whether a topic is a name: *Ahab* or *the Pequod*, not *the sea* or *love*."""
    return not topic.removeprefix("the ").islower()


def best_topics(found: Counter[str], weights: dict[str, float], least: float) -> list[str]:
    """Return up to MOST_TOPICS topics of a text, those of most weight first: names that stand in it
    twice, things and themes that do `least` times, or else the best one that does twice. No two
    have words that begin alike (boat, boats)."""
    rare = {topic: n < least and not is_named(topic) for topic, n in found.items()}
    often = [topic for topic, n in found.items() if n > 1]
    chosen, used = [], set()
    for topic in sorted(often, key=lambda one: (rare[one], -found[one] * weights[one], one)):
        words = set(topic.lower().split()) - {"the"}
        alike = any(a.startswith(b) or b.startswith(a) for a in words for b in used)
        if not alike and len(chosen) < MOST_TOPICS and not (rare[topic] and chosen):
            chosen.append(topic)
            used |= words
    return chosen


def passage_topics(passages: list[Passage], books: list[Book]) -> dict[str, list[str]]:
    """Return {passage id: what it is about}: what it names often and other passages seldom.

    Some passages have no topic."""
    texts = [paragraph["text"] for book in books for paragraph in book["paragraphs"]]
    corpus = [tokens_of(text) for text in texts]
    names = find_names(corpus)
    speakers, things = find_speakers(texts, names), find_things(corpus)
    counts = []
    for passage in passages:
        tokens = tokens_of(_SPEAKER.sub("", passage["text"]))
        found = count_names(tokens, names) + count_things(tokens, things)
        said = [speakers[one] for one in _SPEAKER.findall(passage["text"]) if one in speakers]
        found.update(said)
        found |= Counter(dict.fromkeys(said, 2))  # a speech is more than a mention
        counts.append(found)
    spread = Counter(topic for found in counts for topic in found)
    weights = {topic: math.log(1 + len(passages) / count) for topic, count in spread.items()}
    least = [max(2, passage["words"] / THING_WORDS) for passage in passages]
    best = [best_topics(found, weights, n) for found, n in zip(counts, least, strict=True)]
    return {passage["id"]: topics for passage, topics in zip(passages, best, strict=True)}
