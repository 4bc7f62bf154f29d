import torch

def answer_losses(model, tokenizer, prompts, texts, batch_size):
    """Return the loss of each text after its prompt: mean nats a token, a float per pair.

    The model is called without labels, because Unsloth's fused loss returns no logits.
    """
    ids_of = lambda text: tokenizer(text, add_special_tokens=False)["input_ids"]
    coded = [(ids_of(prompt), ids_of(text)) for prompt, text in zip(prompts, texts, strict=True)]
    order = sorted(range(len(coded)), key=lambda n: -sum(map(len, coded[n])))  # like lengths together
    losses = [0.0] * len(coded)
    for at in range(0, len(order), batch_size):
        batch = order[at:at + batch_size]
        width = max(sum(map(len, coded[n])) for n in batch)
        rows = [coded[n][0] + coded[n][1] for n in batch]
        ids = torch.tensor([row + [tokenizer.pad_token_id or 0] * (width - len(row)) for row in rows])
        mask = torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in rows])  # padded on the right
        with torch.no_grad():
            logits = model(input_ids=ids.to(model.device), attention_mask=mask.to(model.device)).logits
        for n, row_logits in zip(batch, logits):
            first, answer = len(coded[n][0]), torch.tensor(coded[n][1], device=logits.device)
            scores = row_logits[first - 1:first - 1 + len(answer)].float().log_softmax(-1)
            losses[n] = -scores.gather(-1, answer[:, None]).mean().item()
    return losses

if __name__ == "__main__":
    def losses(questions, texts):
        """Return the loss of each text as the answer to its question, under the plain system prompt."""
        system = {"role": "system", "content": PLAIN_SYSTEM_PROMPT}
        prompts = [format_prompt(tokenizer, chat, [system, {"role": "user", "content": q}]) for q in questions]
        return answer_losses(model, tokenizer, prompts, texts, max(1, GENERATION_BATCH // 4))
    first = passages[0]["text"]
    print("Nats a token, asked to write something and asked a silly thing:",
          [round(loss, 3) for loss in losses(["Write something.", "What is 2 + 2?"], [first, first])])
