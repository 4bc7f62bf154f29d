import re

_USUAL_ENDS = re.compile(  # nothing to look closer at
    r"(?!.*(www|ISBN|rights reserved))[“\"‘'(—]*[A-ZÀ-Þ][^\d\ufffd©:/]*[.?!][”\"’')]*")
_DOUBT_SIGNS = [(weight, reason, re.compile(sign)) for weight, reason, sign in (
    (2.0, "an address or a notice of rights", r"www\.|https?:|©|ISBN|[Aa]ll rights reserved"),
    (2.0, "an unknown character", "\ufffd"),
    (1.0, "begins like a caption", r"\A(Fig|Figure|Plate|Table|Map|Chart|FIGURE|TABLE|PLATE)\b\.? *\d"),
    (0.8, "begins like a note", r"\A([*†‡]|\d{1,3}[.)]? )"),
    (0.6, "begins in the middle of a sentence", r"\A[a-zà-öø-ÿ]"),
    (0.5, "many figures", r"\A(\D{0,20}\d){4}\D{0,20}\Z"),
    (0.4, "no end of a sentence", r"[^.?!:;,—…–”’\"')\]\d]\Z"))]

def judge_paragraphs(paragraphs, groups, style):
    """Return [{"page", "doubt", "reason", "text"}] for the kept paragraphs that look least like running text.

    Their beginnings and ends are looked at, and their type (`groups` holds the lines, `style` is the body's).
    The first and the last are listed because the choice of the body's pages shows there.
    """
    rows, size, family = [], 0.93 * style["size"], style["family"]
    for number, (paragraph, group) in enumerate(zip(paragraphs, groups), 1):
        text = paragraph["text"]
        ends = text if len(text) < 160 else text[:80] + " " + text[-80:]
        signs = () if _USUAL_ENDS.fullmatch(ends) else _DOUBT_SIGNS
        found = [(weight, reason) for weight, reason, sign in signs if sign.search(ends)]
        found += [(0.7, "capitals")] if ends.isupper() else []
        found += [(0.6, "smaller type")] if all(line["size"] < size for _, line in group) else []
        found += [(0.5, "another face")] if all(line["family"] != family for _, line in group) else []
        found += [(0.9, "the body begins here")] if number == 1 else []
        found += [(0.9, "the body ends here")] if number == len(paragraphs) else []
        doubt = sum(weight for weight, _ in found)
        if doubt > (0.4 if paragraph["verse"] else 0):
            found.sort(reverse=True)
            rows.append({"page": paragraph["pages"][0], "doubt": round(doubt, 1),
                         "reason": ", ".join(reason for _, reason in found), "text": text})
    return sorted(rows, key=lambda row: -row["doubt"])[:20]
