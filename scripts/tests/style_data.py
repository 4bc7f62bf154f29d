"""Made-up authors with word rates, endings and sentence lengths of their own, without real text."""

import random

FUNCTION = (
    "the of and to a in that it is was for on with as his they at be this from have or by one "
    "had not but what all were"
).split()
STEMS = [
    a + b + c for a in "blmrstv" for b in "aeiou" for c in ("nd", "rt", "lm", "sk", "pp", "ng")
]


class Author:
    """Writes passages of its own word rates; the same key writes alike."""

    def __init__(self, key, sentence=12, ending=""):
        rnd = random.Random(key)
        self.words = FUNCTION + [stem + ending for stem in STEMS]
        self.rates = [
            rnd.gammavariate(1.5, 1) * (8 if word in FUNCTION else 1) for word in self.words
        ]
        self.sentence = sentence

    def passage(self, seed, words=150):
        rnd, parts = random.Random(f"{seed}"), []
        while sum(len(part.split()) for part in parts) < words:
            size = max(2, round(rnd.gauss(self.sentence, self.sentence / 3)))
            sentence = " ".join(rnd.choices(self.words, self.rates, k=size))
            parts.append(sentence.capitalize() + rnd.choice(".....!?"))
        return " ".join(parts)

    def passages(self, name, count, words=150):
        return [self.passage(f"{name} {number}", words) for number in range(count)]


POET, CLERK = Author("poet", sentence=9, ending="eth"), Author("clerk", sentence=21)


def answers_of(texts, phase, system, prompts, finish="stop"):
    """Return answer records of one phase and system prompt."""
    return [
        {
            "prompt_id": prompt["id"],
            "question": prompt["question"],
            "system": system,
            "answer": text,
            "thinking": "",
            "raw": text,
            "finish_reason": finish,
            "tokens": len(text.split()),
            "bytes": len(text.encode()),
            "seconds": 0.1,
        }
        for prompt, text in zip(prompts, texts, strict=True)
    ]
