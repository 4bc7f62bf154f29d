import html
from IPython.display import HTML, display

def verdicts_table(runs):
    """Return the verdicts of {run: comparison} as HTML: a row for each question, a column for each run."""
    cell = '<td style="text-align:left;vertical-align:top;padding:6px;border-bottom:1px solid #999">'
    lines = [f"<tr>{cell}</td>" + "".join(f"{cell}<b>{html.escape(run)}</b></td>" for run in runs) + "</tr>"]
    for same_question in zip(*(one["verdict"] for one in runs.values())):
        said = [f"<b>{html.escape(row['answer'])}</b><br>{'<br>'.join(map(html.escape, row['figures']))}"
                for row in same_question]
        said = "".join(f"{cell}{text}</td>" for text in [html.escape(same_question[0]["question"]), *said])
        lines.append(f"<tr>{said}</tr>")
    return f"<table style='width:100%'>{''.join(lines)}</table>"

if __name__ == "__main__":
    display(HTML(verdicts_table(runs)))
