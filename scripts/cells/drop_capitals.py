import re

def join_capitals(lines, size, words):
    """Return a page's lines with each drop capital put before the first of the lines beside it.

    The vocabulary `words` tells "It" from "I was"; the lines beside then begin where the capital does.
    """
    gone = set()
    for capital in lines:
        reach = capital["size"]
        if reach > 1.6 * size and re.fullmatch(r"\W{0,2}\w\W?", capital["text"]):
            beside = [line for line in lines if line["size"] < 0.7 * reach and line["text"][0].isalnum()
                      and -0.2 * reach < line["x0"] - capital["x1"] < reach
                      and -reach < line["y"] - capital["y"] < 0.2 * size]
            if beside:
                first = min(beside, key=lambda line: line["y"])
                letter = capital["text"][-1].lower()
                start = re.match(r"[\w’]*", first["text"]).group().lower()
                apart = letter in "aio" and words["count"][start] > words["count"][letter + start]
                first["text"] = capital["text"] + " " * apart + first["text"]
                for line in beside:
                    line.update(x0=capital["x0"], opens=True)
                gone.add(id(capital))
    return [line for line in lines if id(line) not in gone]
