import html
from IPython.display import HTML, display, update_display

def verdict_table(verdict, title):
    """Return [{"question", "answer", "figures": list of str}] as HTML."""
    cell = '<td style="text-align:left;vertical-align:top;padding:6px;border-bottom:1px solid #999">'
    rows = [f"<tr>{cell}{html.escape(row['question'])}</td>{cell}<b>{html.escape(row['answer'])}</b></td>"
            f"{cell}{'<br>'.join(map(html.escape, row['figures']))}</td></tr>" for row in verdict]
    return f"<h3>{html.escape(title)}</h3><table style='width:100%'>{''.join(rows)}</table>"

if __name__ == "__main__":
    row_of, chance = {row["name"]: row for row in differences}, ranks_by_chance(len(prompts))[0]
    def above(name, value):  # the lower end of the interval by which the tuned answers' mean is above `value`
        return compare([value] * len(prompts), measures[name]["tuned"], {"better": "higher"})["low"]
    figures = {name: in_figures(row) for name, row in row_of.items()}
    longest = measures["longest_copy"]
    means = next(row["means"] for row in persona_effect if row["name"] == VOICE[0])
    all_four = ", ".join(f"{condition} {mean:.2f}" for condition, mean in means.items())
    verdict = [
        {"question": f"Sounds like {AUTHOR}?", "answer": sounds_like([row_of[name] for name in VOICE]),
         "figures": [*(figures[name] for name in VOICE), f"Classifier of all four kinds: {all_four}",
                     f"{row_of[VOICE[0]]['n']} of {len(prompts)} prompts have no empty answer and count"]},
        {"question": "Answers the question?",
         "answer": answers_it(row_of["reciprocal_rank"], above("reciprocal_rank", chance)),
         "figures": [figures["reciprocal_rank"], figures["first_rank"], f"1 / rank by chance: {chance:.2g}"]},
        {"question": "Copies the books?",
         "answer": copies_it(longest["tuned"], longest["author"],
                             above("copied_share", row_of["copied_share"]["author"])),
         "figures": [figures["copied_share"], "Longest run of all: " + ", ".join(
             f"{side} {max(longest[side]):.0f} words" for side in ("base", "tuned", "author"))]},
        {"question": "Broken?", "answer": broken_it(measures["broken"]["tuned"], measures["broken"]["base"]),
         "figures": [figures["broken"], figures["cut_off"]]}]
    shown = HTML(verdict_table(verdict, f"{MODEL_NAME}, tuned on {AUTHOR}"))
    update_display(shown, display_id="verdict")
    display(shown)
