import html
from IPython.display import HTML, display

def answers_table(questions, columns):
    """Return an HTML table: a row a question, a column for each {heading: [answer text, ...]}."""
    style = "text-align:left;vertical-align:top;white-space:pre-wrap"
    cell = lambda tag, text: f'<{tag} style="{style}">{html.escape(text)}</{tag}>'
    head = "".join(cell("th", text) for text in ["Question", *columns])
    rows = ("".join(cell("td", text) for text in row) for row in zip(questions, *columns.values()))
    return f"<table><tr>{head}</tr>{''.join(f'<tr>{row}</tr>' for row in rows)}</table>"

if __name__ == "__main__":
    sample_questions = [f"What do you think about {theme}?" for theme in THEMES[:3]]
    tuned_answers = answer(sample_questions)
    with model.disable_adapter():
        base_answers = answer(sample_questions)
    display(HTML(answers_table(sample_questions, {
        "Base": [one["answer"] for one in base_answers], "Fine-tuned": [one["answer"] for one in tuned_answers]})))
    print(f"Adapter: {OUT_DIR / 'adapter'}. Next: {MODEL_KEY}_{AUTHOR_KEY}_Comparison.ipynb")
