import html, re

_TOKEN_PLACE = re.compile(r"\w+(?:['’]\w+)*")  # a word as the copy finder counts them
MARK = '<mark style="background:#ffe08a;color:#000;font-weight:bold;text-decoration:underline">'  # shows in grey

def mark_words(text, runs):
    """Return the text as HTML, escaped, with the words of `runs` ([(first word, words), ...]) marked."""
    spans = [match.span() for match in _TOKEN_PLACE.finditer(text)]
    wanted = {n for first, words in runs for n in range(first, first + words)}
    parts, end = [], 0
    for n, (a, b) in enumerate(spans):
        gap = html.escape(text[end:a])
        opens, closes = n in wanted and n - 1 not in wanted, n - 1 in wanted and n not in wanted
        parts.append((f"</mark>{gap}" if closes else gap) + (MARK if opens else "") + html.escape(text[a:b]))
        end = b
    return "".join(parts) + ("</mark>" if len(spans) - 1 in wanted else "") + html.escape(text[end:])

def html_table(headings, rows, widths):
    """Return an HTML table of cells that are HTML already; `widths` are the columns' shares in percent."""
    style = "text-align:left;vertical-align:top;white-space:pre-wrap;padding:6px;border-bottom:1px solid #999"
    sizes = [f"width:{width}%;" for width in widths]
    def line(tag, row):
        cells = (f'<{tag} style="{size}{style}">{one}</{tag}>' for size, one in zip(sizes, row))
        return f"<tr>{''.join(cells)}</tr>"
    return ('<table style="width:100%;table-layout:fixed;border-collapse:collapse">' + line("th", headings)
            + "".join(line("td", row) for row in rows) + "</table>")

def excerpt(text, first, words, around=25):
    """Return (the run of `words` words from word `first` and `around` more on either side, its new first word)."""
    spans = [match.span() for match in _TOKEN_PLACE.finditer(text)]
    a, b = max(0, first - around), first + words + around
    opens, closes = spans[a][0] if a else 0, spans[b - 1][1] if b < len(spans) else len(text)
    return ("… " if a else "") + text[opens:closes] + (" …" if b < len(spans) else ""), first - a
