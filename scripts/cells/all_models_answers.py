import html
from pathlib import Path
from IPython.display import HTML, display

def common_answers(results):
    """Return {question: {run: answer under the persona prompt}} for questions that all runs were asked."""
    asked = {run: {row["question"]: row["answer"] for row in result["answers"] if row["system"] == "persona"}
             for run, result in results.items()}
    first = next(iter(asked.values()), {})
    return {question: {run: rows[question] for run, rows in asked.items()} for question in first
            if all(question in rows for rows in asked.values())}

if __name__ == "__main__":
    folder = Path("../../comparison_cache", AUTHOR_KEY)
    caches = {run: read_results(folder / run / "tuned_results.pkl") for run in runs}
    for run, (result, why) in caches.items():
        if result is None:
            print(f"{run}: {why}")
    common_questions = common_answers({run: result for run, (result, _) in caches.items() if result})
    rows = [[html.escape(question), *(html.escape(answer) or "(empty)" for answer in said.values())]
            for question, said in common_questions.items()]
    if rows:
        columns = ["Prompt", *next(iter(common_questions.values()))]
        display(HTML(html_table(columns, rows, [100 // len(columns)] * len(columns))))
    else:
        print("No question was put to all models.")
