def build_trainer(model, tokenizer, chat, train_rows, validation_rows, output_dir, *, max_seq_length, batch_size,
                  gradient_accumulation, learning_rate, epochs, max_steps, save_steps, seed, bf16, callbacks=()):
    """Return TRL's trainer for rows with a "text", its loss on the answers alone (Unsloth's train_on_responses_only).

    With validation rows it watches their loss, before training and every `save_steps` steps, and ends with the best
    checkpoint's weights.
    `max_steps` 0: `epochs` whole epochs. `bf16`: on a GPU. The tokenizer is set to the format of `chat`, and so saved.
    """
    from unsloth.chat_templates import train_on_responses_only  # unsloth first: it speeds up trl
    from datasets import Dataset, disable_progress_bars
    from trl import SFTConfig, SFTTrainer
    tokenizer.chat_template, tokenizer.eos_token, tokenizer.padding_side = chat["template"], chat["end"], "right"
    if tokenizer("")["input_ids"]:  # the template writes the begin token itself; two would move every row
        tokenizer.add_bos_token = False
    disable_progress_bars()  # six of them for a second's work
    tables = [Dataset.from_list([{"text": row["text"]} for row in rows]) if rows else None
              for rows in (train_rows, validation_rows)]
    padded = not bf16 or model.config.model_type == "gpt_oss"  # a GPU trains the other models without padding
    settings = SFTConfig(
        output_dir=str(output_dir), dataset_text_field="text", max_length=max_seq_length, seed=seed,
        per_device_train_batch_size=batch_size, per_device_eval_batch_size=batch_size,
        gradient_accumulation_steps=gradient_accumulation, num_train_epochs=epochs, max_steps=max_steps or -1,
        learning_rate=learning_rate, lr_scheduler_type="cosine", warmup_steps=0.05, weight_decay=0.01,
        optim="adamw_8bit" if bf16 else "adamw_torch", bf16=bf16,
        train_sampling_strategy="group_by_length" if padded else "random",
        router_aux_loss_coef=0.0,  # else TRL adds 0.9 × the router's balance loss to the loss of GPT-OSS
        save_strategy="steps", save_steps=save_steps, save_total_limit=2, logging_steps=1, report_to="none",
        eval_strategy="steps" if validation_rows else "no", eval_steps=save_steps, eval_on_start=bool(validation_rows),
        load_best_model_at_end=bool(validation_rows), metric_for_best_model="eval_loss", greater_is_better=False,
        **{"dataset_num_proc": 1} if bf16 else {"gradient_checkpointing": False})  # a CPU has the memory, not the time
    trainer = SFTTrainer(model=model, processing_class=tokenizer, args=settings, callbacks=list(callbacks),
                         train_dataset=tables[0], eval_dataset=tables[1])
    tokenizer.padding_side = "right"  # on a GPU Unsloth's trainer turns it
    return train_on_responses_only(trainer, instruction_part=chat["instruction_part"], num_proc=1,
                                   response_part=chat["response_part"], last_response_only=True)
