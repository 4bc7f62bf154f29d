import re

_DOUBT_SIGNS = [(2.0, "an address or a notice of rights", r"www\.|https?:|©|\bISBN\b|all rights reserved"),
          (2.0, "an unknown character", "\ufffd"),
          (1.0, "begins like a caption", r"\A(fig|figure|plate|table|map|chart)\b\.? *\d"),
          (0.8, "begins like a note", r"\A([*†‡]|\d{1,3}[.)]? )"),
          (0.6, "begins in the middle of a sentence", r"\A[^\W\d_A-ZÀ-Þ]"),
          (0.5, "many figures", r"\A(?=(.*?\d){4})[^.?!]{0,80}\Z"),
          (0.4, "no end of a sentence", r"[^.?!:;,…—–”’\"')\]\d]\Z")]

def judge_paragraphs(paragraphs, groups, style):
    """Return [{"page", "doubt", "reason", "text"}] for the kept paragraphs that look least like running text.

    `groups` holds the lines of each paragraph; `style` is the body's. The first and the last paragraph are
    listed because the choice of the body's pages shows there.
    """
    rows = []
    for number, (paragraph, group) in enumerate(zip(paragraphs, groups)):
        text, lines = paragraph["text"], [line for _, line in group]
        case = re.I if text[:1].isupper() else 0
        found = [(weight, reason) for weight, reason, sign in _DOUBT_SIGNS if re.search(sign, text, case)]
        found += [(0.7, "capitals")] if text.isupper() else []
        found += [(0.6, "smaller type")] if all(line["size"] < 0.93 * style["size"] for line in lines) else []
        found += [(0.5, "another face")] if all(line["family"] != style["family"] for line in lines) else []
        found += [(0.9, "the body begins here")] if number == 0 else []
        found += [(0.9, "the body ends here")] if number == len(paragraphs) - 1 else []
        if found and not (paragraph["verse"] and len(found) == 1 and found[0][0] < 0.5):
            found.sort(reverse=True)
            rows.append({"page": paragraph["pages"][0], "doubt": round(sum(weight for weight, _ in found), 1),
                         "reason": ", ".join(reason for _, reason in found), "text": text})
    return sorted(rows, key=lambda row: -row["doubt"])[:20]
