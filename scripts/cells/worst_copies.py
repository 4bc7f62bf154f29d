import html
from IPython.display import HTML, display

SHOWN_COPIES = 5

if __name__ == "__main__":
    longest = [(copy["runs"][0], condition, number) for condition in ("tuned persona", "tuned plain", "base persona")
               for number, copy in enumerate(copies[condition]) if copy["runs"]]
    rows = []
    for run, condition, number in sorted(longest, key=lambda one: -one[0]["words"])[:SHOWN_COPIES]:
        passage, first = joined[run["source"]]["origin"][run["place"]]
        source = training[passage]
        words = min(run["words"], len(words_of(source["text"])) - first)  # the rest stands in the next passage
        said, said_first = excerpt(answers[condition][number], run["start"], run["words"])
        book, book_first = excerpt(source["text"], first, words)
        place = [source["book"], source["chapter"], "pages {}–{}".format(*source["pages"])]
        rows.append([f"{run['words']} words<br>{condition}<br>{html.escape(prompts[number]['question'])}",
                     mark_words(said, [(said_first, run["words"])]), mark_words(book, [(book_first, words)])
                     + f"<br><i>{html.escape(', '.join(filter(None, place)))}</i>"])
    display(HTML(html_table(["Run", "Answer", "Book"], rows, [16, 42, 42]) if rows else
                 "<p>No answer has five words in a row from the training text.</p>"))
