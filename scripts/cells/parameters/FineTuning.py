AUTHOR = "William Shakespeare"            # as a reader would write it
AUTHOR_KEY = "WilliamShakespeare"         # the folder in Books/ and NoteBooks/
MODEL_KEY = "Qwen3_14B"                   # the folder of results
MODEL = "unsloth/Qwen3-14B-unsloth-bnb-4bit"  # a name on the model hub, or a folder
PROFILE = "auto"                          # "gpu", "demo", or "auto": gpu where there is one
SEED = 3407
SYSTEM_PROMPT = "You are William Shakespeare. Answer in your own words and voice."  # the persona
PLAIN_SYSTEM_PROMPT = "You are a helpful assistant."  # to tell tuning and prompting apart
THEMES = ["love"]                         # topics of the sample answers and of the comparison's prompts
BOOK_PAGES = {}                           # body pages by hand, as printed by a PDF viewer: {"Hamlet": [7, 140]}
PASSAGE_WORDS = 350                       # about this long, always whole sentences
OVERLAP_WORDS = 50                        # shared by neighbours, in training only
MAX_PASSAGES = 0                          # 0: all of them
VALIDATION = 0.05                         # share of each book that watches the training
HELD_OUT = 0.05                           # share of each book that is never trained on
QUOTATIONS = []                           # quotations that may stand in both, such as a refrain
INSTRUCTIONS = "model"                    # "model": written by the base model for each passage; "rotating": eight fixed ones
BASE_ANSWERS = 0.10                       # share of rows that are the base model's own answers
THINKING = False                          # Qwen3: let it think first
REASONING_EFFORT = "low"                  # GPT-OSS: "low", "medium" or "high"
TEMPERATURE = None                        # sampling; None: as the model's makers recommend
TOP_P = None
TOP_K = None
MAX_NEW_TOKENS = 400                      # at most this many tokens an answer
GENERATION_BATCH = 32                     # answers made at the same time
# Training
MAX_SEQ_LENGTH = 2048                     # tokens a row
LORA_R = 16                               # rank of the adapter
LORA_ALPHA = 32                           # its scale: alpha / rank multiplies the update
TARGET_EXPERTS = False                    # GPT-OSS: adapt the experts as well as the attention
LEARNING_RATE = 2e-4
EPOCHS = 1
MAX_STEPS = 0                             # 0: whole epochs
BATCH_SIZE = 8                            # rows a step
GRADIENT_ACCUMULATION = 1
SAVE_STEPS = 50                           # a checkpoint every so many steps
# What replaces the values above when there is no GPU
DEMO = {"MODEL": "../../.cache/SmolLM2-135M-Instruct", "PASSAGE_WORDS": 120, "OVERLAP_WORDS": 20, "MAX_PASSAGES": 100,
        "MAX_SEQ_LENGTH": 512, "BATCH_SIZE": 4, "LEARNING_RATE": 1e-3, "SAVE_STEPS": 6, "MAX_NEW_TOKENS": 64,
        "TEMPERATURE": 0.7, "TOP_P": 0.9}
