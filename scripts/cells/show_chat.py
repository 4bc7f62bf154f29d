import html
from IPython.display import HTML, display

def mark_control(text, tokens):
    """Return `text` as HTML with the control tokens in `tokens` framed, so that they show as one piece."""
    shown = html.escape(text)
    for token in sorted(map(html.escape, tokens), key=len, reverse=True):
        shown = shown.replace(token, f'<b style="border:1px solid #888;border-radius:3px">{token}</b>')
    return f'<pre style="white-space:pre-wrap">{shown}</pre>'

if __name__ == "__main__":
    with plain_errors():
        chat = chat_format(tokenizer, THINKING, REASONING_EFFORT)
        example = format_row(tokenizer, chat, [
            {"role": "system", "content": SYSTEM_PROMPT}, {"role": "user", "content": f"What is {THEMES[0]}?"},
            {"role": "assistant", "content": "…the author's own words…"}])
    display(HTML(mark_control(example, chat["reserved"])))
    print(f"A question opens with {chat['instruction_part']!r}, an answer with "
          f"{chat['response_part'] + chat['learned']!r}; {chat['end']} ends it.")
