import html, re

_HTML_SPAN = re.compile(r'(<sup>)?(?:<tt>)?(<b>)?(<i>)?<span style="font-family:([^,]*),[^;]*;'
                        r'font-size:([\d.]+)pt[^>]*>([^<]*)')
_NOTE_MARK = re.compile(r"\s*[\[(]?(\d{1,3}([,–-]\d{1,3})*|[*∗†‡§¶‖#]{1,3})[\])]?\s*")

def read_line(top, left, height, inner):
    """Turn one line of MuPDF's HTML (place and size in points, spans) into a dict, or None if it is blank.

    Note marks are taken out: a raised or small number or sign is "mark" where it opens the line, else counted
    in "marks".
    """
    spans, mark, marks = _HTML_SPAN.findall(inner), "", 0
    if "&" in inner:
        spans = [(*span[:5], html.unescape(span[5])) for span in spans]
    longest = spans[0] if len(spans) == 1 else max(spans, key=lambda span: len(span[5]), default=6 * ("",))
    _, bold, italic, family, size, text = longest
    if not text.strip():
        return None
    size = float(size)
    if text.isupper():  # small capitals: the first letter gives the size
        size = max(float(span[4]) for span in spans if span[5].strip())
    if len(spans) > 1:
        text = ""
        for raised, _, _, _, small, part in spans:
            if float(small) < (size if raised else 0.8 * size) and _NOTE_MARK.fullmatch(part):
                mark, marks = (mark, marks + 1) if text.strip() else (part.strip(), marks)
                part = " " * (part[-1] == " ")
            text += part
    return {"x0": float(left), "y": float(top) + 0.8 * float(height), "size": size, "family": family,
            "bold": bool(bold), "italic": bool(italic), "text": text.strip(), "mark": mark, "marks": marks,
            "use": "body"}
