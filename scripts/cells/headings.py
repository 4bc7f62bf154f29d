import re
from itertools import groupby

_BARE_NUMBER = re.compile(r"((chapter|part|book|act|scene|canto|rule|section|letter|day)\s+)?([\divxlc]+|one"
                          r"|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)[.:]?", re.I)

def group_headings(pages, section_kind):
    """Return the headings, [{"page", "text", "rank" (points), "lines"}]; heading lines in a row are one.

    Five lines or more that end like a sentence are text in large type and go back to the text. What names a
    whole part ("Notes") stands alone if the next line is in other type.
    """
    headings = []
    for index, page in enumerate(pages):
        lines = [line for line in page["lines"] if line["use"] in ("body", "heading")]
        for use, run in groupby(lines, key=lambda line: line["use"]):
            run, heading = list(run), None
            prose = len(run) > 4 and run[-1]["text"][-1] in ".,;!?”"
            for line in run if use == "heading" else []:
                if prose:
                    line["use"] = "body"
                    continue
                same = heading and abs(line["size"] - heading["lines"][-1]["size"]) < 0.05 * line["size"]
                if heading and (same or section_kind(heading["text"]) in ("", "chapter")):
                    between = ": " if _BARE_NUMBER.fullmatch(heading["text"]) else " "
                    heading.update(text=heading["text"] + between + line["text"],
                                   rank=max(heading["rank"], line["size"]))
                    heading["lines"].append(line)
                else:
                    heading = {"page": index, "text": line["text"], "rank": line["size"], "lines": [line]}
                    headings.append(heading)
    return headings
