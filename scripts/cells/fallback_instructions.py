import hashlib, re
from sklearn.feature_extraction.text import TfidfVectorizer

TEMPLATES = {"question": "What can you say about {}{}?", "brief": "Tell me about {}{}.", "topic": "Write about {}{}."}
DISTINCTIVE = 3  # words in a template; more where two passages would get the same one

def distinctive_words(texts, corpus):
    """Return for each text its words by falling TF-IDF weight in the author's `corpus`; names keep their capital."""
    vectorizer = TfidfVectorizer(stop_words="english", token_pattern=r"\b[^\W\d_]{4,}\b").fit(corpus)
    matrix, words = vectorizer.transform(texts).tocsr(), vectorizer.get_feature_names_out()
    ranked = [[words[i] for i in row.indices[(-row.data).argsort(kind="stable")][:12]] for row in matrix]
    plain = {word for text in corpus for word in re.findall(r"\w+", text) if word.islower()}
    return [[word if word in plain else word.title() for word in top] for top in ranked]

def template_instructions(passages, corpus, kind_of):
    """Return {id: instruction} from the chapter's title and the passage's distinctive words; all are different."""
    made = {}
    for passage, words in zip(passages, distinctive_words([p["text"] for p in passages], corpus)):
        where = f", as in “{passage['chapter']}”" if passage["chapter"] else ""
        for count in range(DISTINCTIVE, len(words) + 1):
            listed = ", ".join(words[:count - 1]) + f" and {words[count - 1]}"
            made[passage["id"]] = TEMPLATES[kind_of(passage["id"])].format(listed, where)
            if list(made.values()).count(made[passage["id"]]) == 1:
                break
    return made

def capped_templates(passages, written, most):
    """Return the passages of which at most the share `most` of the training ones need a template.

    A hash of the id decides which ones stay; validation and held-out passages all do.
    """
    training = [p["id"] for p in passages if p["split"] == "train"]
    by_hash = sorted(training, key=lambda key: hashlib.sha256(key.encode()).digest())
    without = [key for key in by_hash if key not in written]
    left_out = set(without[int(most * len(training)):])
    return [p for p in passages if p["id"] not in left_out]
