import re, statistics

MATTR_WINDOW, MTLD_THRESHOLD = 50, 0.72  # words (answers are short); ratio, from McCarthy & Jarvis 2010
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")  # letters, joined by inner apostrophes and hyphens
# A sentence ends at a stop before a capital or digit (not after a title or an initial) and with a paragraph.
_STOP = re.compile(r"(?<=[.!?…])(?<!\b[A-HJ-Z]\.)(?<!\bMr\.)(?<!\bDr\.)(?<!\bSt\.)(?<!\bMrs\.)[\"'”’)\]]*\s+"
                   r"(?=[\"'“‘(\[]*[^\W_a-z])|\n\s*\n")

def text_words(text):
    """Return the text's words in lower case."""
    return [word.replace("’", "'") for word in _WORD.findall(text.lower())]

def sentence_lengths(text):
    """Return how many words each sentence has, those without any left out."""
    return [len(words) for words in map(text_words, _STOP.split(text)) if words]

def mattr(words, window=MATTR_WINDOW):
    """Return the mean type-token ratio of runs of `window` words (Covington & McFall 2010); 0.0 for no
    words."""
    size = min(window, len(words)) or 1
    return statistics.fmean(len(set(words[i:i + size])) / size for i in range(max(len(words) - size, 0) + 1))

def mtld(words, threshold=MTLD_THRESHOLD):
    """Return the mean length of runs that keep a type-token ratio above `threshold`, read both ways (McCarthy
    & Jarvis 2010). Where no word is repeated it is the text's length; 0.0 for no words."""
    def runs(sequence):
        count, run = 0.0, []
        for word in sequence:
            run.append(word)
            if len(set(run)) / len(run) <= threshold:
                count, run = count + 1, []
        return count + ((1 - len(set(run)) / len(run)) / (1 - threshold) if run else 0)
    return statistics.fmean(len(words) / (runs(way) or 1) for way in (words, words[::-1]))

def compute_text_stats(text):
    """Return a float for each key below, for every text; all 0.0 where there is no word. Lengths in words."""
    words, sizes = text_words(text), sentence_lengths(text) or [0]
    return {"words": float(len(words)), "type_token_ratio": len(set(words)) / (len(words) or 1),
            "mattr": mattr(words), "mtld": mtld(words), "sentences": float(sum(map(bool, sizes))),
            "mean_sentence_length": statistics.fmean(sizes), "sentence_length_sd": statistics.pstdev(sizes)}
