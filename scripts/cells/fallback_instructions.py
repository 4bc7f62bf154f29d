import hashlib, re

TEMPLATES = {"question": "What can you say about {}{}?", "brief": "Tell me about {}{}.", "topic": "Write about {}{}."}
NAMED = 3  # phrases in a template; more where two passages would get the same one

def plain_chapter(chapter):
    """Return a chapter's title as one would say it: "ACT V: SCENE I A hall." is "Act V: Scene I A hall"."""
    return re.sub(r"\b(?![IVXLC]+\b)[A-Z]{2,}\b", lambda word: word[0].title(), chapter.strip()).rstrip(".")

def template_instructions(passages, phrases, kind_of):
    """Return {id: instruction} of the passages' chapters and `phrases`, a list for each; all are different."""
    made = {}
    for passage, own in zip(passages, phrases, strict=True):
        where = f", as in “{plain_chapter(passage['chapter'])}”" if passage["chapter"] else ""
        for count in range(min(NAMED, len(own)), len(own) + 1):
            listed = ", ".join(own[:count - 1]) + " and " * (count > 1) + "".join(own[count - 1:count])
            made[passage["id"]] = TEMPLATES[kind_of(passage["id"])].format(listed or "this", where)
            if list(made.values()).count(made[passage["id"]]) == 1:
                break
    return made

def capped_templates(passages, written, most):
    """Return the passages without so many training ones that at most the share `most` of them need a template.

    A hash of the id decides which ones stay; validation and held-out passages all do.
    """
    training = [p["id"] for p in passages if p["split"] == "train"]
    by_hash = sorted(training, key=lambda key: hashlib.sha256(key.encode()).digest())
    without = [key for key in by_hash if key not in written]
    room = int(most / (1 - most) * (len(training) - len(without))) if most < 1 else len(without)
    left_out = set(without[room:])
    return [p for p in passages if p["id"] not in left_out]
