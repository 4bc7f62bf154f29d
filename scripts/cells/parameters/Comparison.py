AUTHOR = "William Shakespeare"            # as a reader would write it
AUTHOR_KEY = "WilliamShakespeare"         # the folder in Books/ and NoteBooks/
MODEL_KEY = "Qwen3_14B"                   # the folder of results
MODEL = "unsloth/Qwen3-14B-unsloth-bnb-4bit"  # a name on the model hub, or a folder
PROFILE = "auto"                          # "gpu", "demo", or "auto": gpu where there is one
SEED = 3407
# The persona, and what the author cares for: the same as in the FineTuning notebook
SYSTEM_PROMPT = "You are William Shakespeare. Answer in your own words and voice."
PLAIN_SYSTEM_PROMPT = "You are a helpful assistant."
THEMES = ["love"]                         # topics that become prompts
# What is asked and measured
N_PROMPTS = 40                            # every theme once, held-out instructions, then the themes in further ways
KEYWORDS = []                             # the author's keywords by hand; empty: found by log-odds
BOOTSTRAP = 2000                          # resamples of each interval
# Chat: the same as in the FineTuning notebook
MAX_SEQ_LENGTH = 2048                     # tokens a passage
THINKING = False                          # Qwen3: let it think first
REASONING_EFFORT = "low"                  # GPT-OSS: "low", "medium" or "high"
TEMPERATURE = None                        # sampling; None: as the model's makers recommend
TOP_P = None
TOP_K = None
MAX_NEW_TOKENS = 400                      # at most this many tokens an answer
GENERATION_BATCH = 32                     # answers made at the same time
# What replaces the values above when there is no GPU
DEMO = {"MODEL": "../../.cache/SmolLM2-135M-Instruct", "MAX_SEQ_LENGTH": 512, "MAX_NEW_TOKENS": 64,
        "TEMPERATURE": 0.7, "TOP_P": 0.9, "BOOTSTRAP": 1000}
