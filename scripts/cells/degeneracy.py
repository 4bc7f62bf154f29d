import re, zlib

REPEATED = 0.4     # share of repeated 4-word runs; of 14,000 passages of Shakespeare the worst has 0.36
COMPRESSION = 2.4  # bytes / zlib bytes from which Whisper takes text for a loop (Radford et al. 2022) ...
WINDOW = 600       # ... in pieces of about this many bytes: zlib squeezes longer ones more, looping or not
MARKERS = re.compile(r"<\|[^|<>]{1,40}\|>|</?think>|</?s>|<(?:start|end)_of_turn>|<(?:eos|bos|pad)>|"
                     r"\[/?INST\]|\bassistantfinal|\A\s*(?:analysis|assistant|final)(?=[A-Z\n])|"
                     r"^(?:user|assistant|system)\s*$", re.M)

def repetition(text):
    """Return the share, 0 to 1, of 4-word runs that stood in the text before (seq-rep-4, Welleck et al. 2020)."""
    words = re.findall(r"\w+", text.casefold())
    runs = [tuple(words[n:n + 4]) for n in range(len(words) - 3)]
    return 1 - len(set(runs)) / len(runs) if runs else 0.0

def is_looping(text):
    """Return whether some stretch of the text says the same over and over: by `repetition` in 100 words (15 at
    least, for a refrain is no loop), or by how far zlib compresses WINDOW bytes (100 at least)."""
    words, data = re.findall(r"\w+", text.casefold()), text.encode()
    stretches = [words[a:a + 100] for a in range(0, max(1, len(words) - 50), 50)]
    pieces = [data[a:a + WINDOW] for a in range(0, max(1, len(data) - WINDOW // 2), WINDOW // 2)]
    return (any(len(part) >= 15 and repetition(" ".join(part)) > REPEATED for part in stretches) or
            any(len(part) >= 100 and len(part) / len(zlib.compress(part)) > COMPRESSION for part in pieces))

def broken_ways(text, finish_reason="stop"):
    """Return which of "empty", "cut off", "looping", "leaked marker" an answer is, in that order.

    Empty: not one letter or digit. Cut off: the limit of tokens came before the answer's end. A leaked marker is
    a piece of a chat format (such as <|channel|>, <think>, assistantfinal) in the answer's text.
    """
    ways = {"empty": not re.search(r"\w", text), "cut off": finish_reason == "length",
            "looping": is_looping(text), "leaked marker": bool(MARKERS.search(text))}
    return [way for way, found in ways.items() if found]
