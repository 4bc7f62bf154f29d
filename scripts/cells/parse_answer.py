import re

def parse_answer(raw, chat):
    """Return {"answer", "thinking"}: what the model wrote (`raw`, control tokens kept), parted into its channels.

    GPT-OSS: the final channel and the other ones. Qwen3: what follows and what stands in the think block.
    An answer that was never begun is "".
    """
    if chat["learned"]:
        parts = re.findall(r"<\|channel\|>(\w+).*?<\|message\|>(.*?)(?=<\|(?:start|end|return|call|channel)\|>|\Z)",
                           chat["prefill"] + raw, re.DOTALL)
        return {"answer": "\n\n".join(text for channel, text in parts if channel == "final").strip(),
                "thinking": "\n\n".join(text for channel, text in parts if channel != "final").strip()}
    ends = "|".join(re.escape(token) for token in chat["reserved"] if "think>" not in token)
    text = re.split(ends, raw, maxsplit=1)[0]
    if "<think>" not in chat["reserved"]:
        return {"answer": text.strip(), "thinking": ""}
    before, closed, after = text.rpartition("</think>")
    thinking = before if closed else text if chat["thinking"] or text.lstrip().startswith("<think>") else ""
    answer = after if closed or not thinking else ""
    return {"answer": answer.strip(), "thinking": thinking.replace("<think>", "").strip()}
