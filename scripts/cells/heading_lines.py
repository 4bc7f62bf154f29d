import re
from collections import Counter

_LIST_NUMBER = re.compile(r"[\divxlc]+[.:)]?\s+\S", re.I)  # a list's numbers are no heading by themselves
_COUNTED_PART = re.compile(
    r"(chapter|part|book|act|scene|canto|rule|section|letter|day)\s+(\d+|[ivxlc]+|the \w+"
    r"|[\w-]*(one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|teen|ty))[.:]?", re.I)

def _line_face(line):
    return line["family"], line["bold"], line["italic"], round(line["size"]), line["text"].isupper()

def mark_heading_lines(pages, style, titles, plain_title, section_kind):
    """Mark headings: short lines in larger type; or set apart, and named like a part of a book or in the
    contents (`titles`), or in bold, capitals or another face that is used so as a rule.

    A face whose words come again and again names speakers: such lines stay text, with "speaker".
    """
    seen, faces, likely = {}, Counter(), []
    for line in (line for page in pages for line in page["lines"] if line["use"] == "body"):
        text, big = line["text"], line["size"] > 1.12 * style["size"] and line["above"] > 1.15
        face = line["family"] != style["family"] and not line["italic"]
        other = line["bold"] or face or text.isupper() and len(text) > 3
        faces.update([_line_face(line)] if other else [])
        if len(text) < 100 and (big or line["above"] > 1.4) and not line.get("opens"):
            apart = line["below"] > 1.12
            phrase = (text[-1].isalnum() or len(text) < 8) and not _LIST_NUMBER.match(text)
            named = plain_title(text) in titles or phrase and section_kind(text)
            sure = big or apart and named or _COUNTED_PART.fullmatch(text)
            if sure or apart and other and text[-1] not in ".,;":
                seen.setdefault(_line_face(line), Counter())[text] += 1
                likely.append((line, sure))
    for line, sure in likely:
        here = seen[_line_face(line)]
        speaker = here.total() > 6 and len(here) < 0.6 * here.total() and not section_kind(line["text"])
        line["speaker"] = speaker
        if not speaker and (sure or here.total() > 0.5 * faces[_line_face(line)]):
            line["use"] = "heading"
