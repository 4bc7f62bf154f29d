import html
from IPython.display import HTML, display

if __name__ == "__main__":
    own_texts, rows = {row["id"]: row["text"] for row in held_out}, []
    for number, prompt in enumerate(prompts):
        said = []
        for condition in ("base persona", "tuned persona"):
            runs = [(run["start"], run["words"]) for run in copies[condition][number]["runs"]]
            note = ", ".join(ways[condition][number])
            said.append(mark_words(answers[condition][number], runs) + (f"<br><i>[{note}]</i>" if note else ""))
        own = first_words(own_texts.get(prompt["passage_id"], "–"), cut_words)
        rows.append([html.escape(prompt["question"]), *said, html.escape(own)])
    headings = ["Prompt", "Base model", "Tuned model", f"{html.escape(AUTHOR)}, held out"]
    display(HTML(html_table(headings, rows, [16, 28, 28, 28])))
