ATTENTION, MLP = ["q_proj", "k_proj", "v_proj", "o_proj"], ["gate_proj", "up_proj", "down_proj"]

def lora_targets(config, experts):
    """Return the names of the matrices to adapt: all of them, but in a mixture of experts those only if `experts`."""
    mixture = getattr(config, "num_local_experts", 0) or getattr(config, "num_experts", 0)
    return ATTENTION + (MLP if experts or not mixture else [])

def lora_size(config, rank, targets):
    """Return the number of parameters of a LoRA: rank × (inputs + outputs) for each matrix (Hu et al. 2021)."""
    hidden, inner = config.hidden_size, config.intermediate_size
    head = getattr(config, "head_dim", None) or hidden // config.num_attention_heads
    query, key = head * config.num_attention_heads, head * config.num_key_value_heads
    experts = getattr(config, "num_local_experts", 0) or getattr(config, "num_experts", 0)
    sides = {"q_proj": hidden + query, "k_proj": hidden + key, "v_proj": hidden + key, "o_proj": query + hidden,
             "gate_proj": hidden + inner, "up_proj": 0 if experts else hidden + inner, "down_proj": inner + hidden}
    if experts:  # gate and up are one matrix in each expert
        sides["gate_proj"] += inner
    return config.num_hidden_layers * rank * sum(
        sides[name] * (experts if experts and name in MLP else 1) for name in targets)
