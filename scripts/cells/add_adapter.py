import pandas
from IPython.display import display

TOLERANCE = 0.02  # what goes wrong is off by a factor: nothing but the attention (0.04 %), or 1.7 billion parameters

def trained_parameters(model):
    """Return {type of module: {"modules", "parameters"}} of all that is trained, by names such as "q_proj"."""
    modules, sizes = {}, {}
    for name, weight in model.named_parameters():
        if weight.requires_grad:
            module = name.partition(".lora_")[0]
            kind = [part for part in module.split(".") if not part.isdigit() and part != "base_layer"][-1]
            modules.setdefault(kind, set()).add(module)
            sizes[kind] = sizes.get(kind, 0) + weight.numel()
    return {kind: {"modules": len(modules[kind]), "parameters": sizes[kind]} for kind in sizes}

def check_trained(found, expected):
    """Return the number of trained parameters. Raises ValueError if it is not what is `expected`, within TOLERANCE."""
    total = sum(kind["parameters"] for kind in found.values())
    if abs(total - expected) > TOLERANCE * expected:
        raise ValueError(f"The adapter trains {total:,} parameters; {expected:,} are expected for this model, LORA_R "
                         f"and TARGET_EXPERTS; it adapts {', '.join(found) or 'nothing'}: restart and run all cells.")
    return total

if __name__ == "__main__":
    targets = lora_targets(model.config, TARGET_EXPERTS)
    model = FastLanguageModel.get_peft_model(
        model, r=LORA_R, lora_alpha=LORA_ALPHA, lora_dropout=0, bias="none", target_modules=targets, random_state=SEED,
        use_gradient_checkpointing=False if DEMO_RUN else "unsloth")  # the demo has memory enough, but little time
    found = trained_parameters(model)
    with plain_errors():
        total = check_trained(found, lora_size(model.config, LORA_R, targets))
    display(pandas.DataFrame(found).T)
    full = lora_size(model.config, LORA_R, lora_targets(model.config, True))
    print(f"{total / 1e6:.1f} million parameters are trained: {total * 4 / 1e6:,.0f} MB as a file, about "
          f"{total * 10 / 1e9:.1f} GB in training (32-bit weight and gradient, 8-bit moments).")
    if full > total:
        print(f"TARGET_EXPERTS = True would train {full / 1e6:.1f} million ({full * 4 / 1e6:,.0f} MB, "
              f"{full * 10 / 1e9:.1f} GB), and answers take about twice as long.")
