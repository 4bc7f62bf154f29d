if __name__ == "__main__":
    trainer = build_trainer(
        model, tokenizer, chat, train_rows, validation_rows, CHECKPOINTS, max_seq_length=MAX_SEQ_LENGTH,
        batch_size=BATCH_SIZE, gradient_accumulation=GRADIENT_ACCUMULATION, learning_rate=LEARNING_RATE, epochs=EPOCHS,
        max_steps=MAX_STEPS, save_steps=SAVE_STEPS, seed=SEED, bf16=not DEMO_RUN, callbacks=[copy_watch])
    rows_a_step = BATCH_SIZE * GRADIENT_ACCUMULATION
    steps = MAX_STEPS or round(-(-len(train_rows) // rows_a_step) * EPOCHS)
    print(f"{steps} steps of {rows_a_step} rows are planned; loss on the answers alone.")
