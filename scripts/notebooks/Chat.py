# %% [markdown] id="title"
# # ${AUTHOR}: a conversation with ${MODEL_TITLE}
#
# Ask the fine-tuned model, hear what the base model says to the same, and take the model along.

# %% [markdown] id="opening"
# ```
# adapter + base model → answers to your questions → a chat page
#                      → files for Ollama and other programs
# ```
#
# | part | what goes in | what comes out | demo, 2 CPU cores |
# |---|---|---|---|
# | 1. Preparation | what the training left | persona, sampling, format of the chats | 10 s |
# | 2. Questions | your questions | answers of both models, copied words marked | 1 min |
# | 3. A chat page | what you type | a talk with both, in the browser | until you stop |
# | 4. Take it along | a list of formats | files, and how to start them | 1 min each |
#
# Four words are used all the way:
#
# - **Base and tuned model**: the model with its adapter switched off, and on. Nothing else differs.
# - **Persona**: the system prompt of the training; under it the model speaks as the author.
# - **Sampling**: how the next word is drawn; a higher temperature makes answers more varied.
# - **GGUF**: the file format of llama.cpp, and so of Ollama and LM Studio.
#
# Run the FineTuning notebook first. Change the parameters, nothing else, then restart the kernel
# and run all cells. Grey bars are folded helpers.

# %% id="parameters" tags=["parameters"]
AUTHOR = "William Shakespeare"  # as a reader would write it
AUTHOR_KEY = "WilliamShakespeare"  # the folder in Books/ and NoteBooks/
MODEL_KEY = "Qwen3_14B"  # the folder of results
RUN = ""  # a name for a variant, which lives beside the others: "epochs3"
PROFILE = "auto"  # "gpu", "demo", or "auto": gpu where there is one
MY_QUESTIONS = []  # what to ask; empty: what the author thinks about the first three themes
PERSONA = True  # False: ask under the plain system prompt
SAMPLING = {}  # what to change of the training's, such as {"temperature": 0.5}
PAGE = "auto"  # the chat page: "on", "off", or "auto": only where somebody runs this by hand
EXPORT = []  # files to write: "lora", "merged", "q8_0", "q4_k_m"

# %% id="include-hosted"
from chapters.hosted import prepare_host

# %% [markdown] id="host-text"
# ### Where this runs
# On your own machine nothing is to be done; on Colab or Kaggle the tested versions are installed.

# %% id="host"
print(prepare_host(AUTHOR_KEY, books=False) or "On a machine of your own.")

# %% [markdown] id="part-preparation"
# ## 1. Preparation
# The software, the profile, and what the training left: its persona, its sampling, its adapter.

# %% id="include-preparation"
from chapters.preparation import Mistake, choose_profile, html_table, make_folders

# %% id="include-software"
from chapters.software import describe_versions, installed_versions, prepare_imports

# %% [markdown] id="versions-text"
# ### The software
# Answers can be repeated only with the same versions; a line says so where one is not the tested
# one.

# %% id="versions"
from IPython.display import HTML, Markdown, display

prepare_imports()
VERSIONS = installed_versions()
print(describe_versions(VERSIONS))

# %% id="include-cards"
from chapters.cards import memory_gib, use_card

# %% [markdown] id="gpu-text"
# ### The card
# The largest NVIDIA card of this computer is used, alone; where there is none that PyTorch can use,
# the notebook runs as a demo.

# %% id="gpu"
print(use_card(PROFILE))

# %% id="include-reading"
from chapters.reading import read_json

# %% id="include-keys"
from chapters.keys import identify_model

# %% [markdown] id="profile-text"
# ### The profile
# Choose what the training had: with a CUDA GPU the real model in 4-bit, without one the *demo*, a
# small real model. A demo's quality is a demo's.

# %% id="profile"
import torch

IS_DEMO = choose_profile(PROFILE, torch.cuda.is_available()) == "demo"
print(f"Profile: {'demo, on the CPU' if IS_DEMO else torch.cuda.get_device_name(0)}.")

# %% id="include-seals"
from chapters.seals import sealed_line

# %% id="include-storage"
from chapters.storage import write_json

# %% [markdown] id="folders-text"
# ### The folders
# Where the training left its results. They are only read, until something is exported.

# %% id="folders"
_, OUT_DIR, CACHE_DIR = make_folders(AUTHOR_KEY, MODEL_KEY, RUN, IS_DEMO)
ADAPTER = OUT_DIR / "adapter"
print(f"The adapter is looked for in {ADAPTER}.")

# %% id="include-words"
from chapters.words import words_of

# %% id="include-themes"
from chapters.themes import QUESTIONS

# %% [markdown] id="ways-text"
# ### Questions to begin with
# In sentences that fit whatever a theme is; any of them can stand in `MY_QUESTIONS`.

# %% id="ways"
print(*(question.format("…") for question in QUESTIONS[:4]), sep="\n")

# %% id="include-prompts"
from chapters.prompts import read_passages, read_training

# %% id="include-safety"
from chapters.safety import check_model

# %% [markdown] id="training-text"
# ### What the training fixed
# The persona, the sampling and the format of the chats are read from its record: a model answers
# best when it is asked as it was trained.

# %% id="training"
trained = read_training(OUT_DIR)
fixed, MODEL = trained["fixed"], trained["model"]
rows = read_passages(OUT_DIR, fixed)
training = [row for row in rows if row["split"] == "train"]
print(f"Model {MODEL}, trained on {trained['date']}: {trained['steps']} steps.")
print(f"Persona: {fixed['system_prompt']}")

# %% id="include-chat"
from chapters.chat import ChatModel

# %% [markdown] id="asked-text"
# ### What will be asked
# Your questions, or one for each of the first three themes of the training.

# %% id="asked"
system = fixed["system_prompt" if PERSONA else "plain_system_prompt"]
questions = MY_QUESTIONS or [f"What do you think about {theme}?" for theme in fixed["themes"][:3]]
print(f"System prompt: {system}", *questions, sep="\n")

# %% id="include-adapter"
from chapters.adapter import check_adapter, load_with_adapter

# %% [markdown] id="load-text"
# ### Load both models
# One load is enough: with the adapter switched off, the model is the base model exactly.

# %% id="load"
check_adapter(ADAPTER, MODEL, identify_model(MODEL))
format_settings = (fixed["thinking"], fixed["reasoning_effort"])
tuned = load_with_adapter(ADAPTER, MODEL, fixed["max_seq_length"], IS_DEMO, *format_settings)
print(f"{type(tuned.model).__name__} is loaded; {memory_gib():.1f} GiB.")

# %% [markdown] id="part-questions"
# ## 2. Questions
# Each question goes to the fine-tuned model, then to the base model, under the same system prompt
# and the same sampling.

# %% id="include-copying"
from chapters.copying import find_copies

# %% [markdown] id="repeats-text"
# ### How much the author repeats
# Words that stand in a row in the books will be underlined in every answer. The author's own
# held-out passages show how much of that is nothing but a way of writing.

# %% id="repeats"
unseen = [row["text"] for row in rows if row["split"] == "held_out"]
own = find_copies(unseen, [row["text"] for row in training])
share = sum(one["share"] for one in own) / len(own)
print(f"{share:.1%} of the author's held-out words stand in such runs, the longest of")
print(f"{max(one['longest'] for one in own)} words.")

# %% id="include-generation"
from chapters.generation import RECOMMENDED

# %% [markdown] id="recommended-text"
# ### What is recommended
# Temperature, top-p and top-k that the makers of the models recommend, to compare with below.

# %% id="recommended"
for kind, values in RECOMMENDED.items():
    print(f"{kind:10} temperature {values[0]}, top_p {values[1]}, top_k {values[2]}")

# %% id="include-conversation"
from chapters.conversation import known_runs, marked_answer, one_side, print_reply, read_sampling

# %% [markdown] id="sampling-text"
# ### How they are asked
# As the training's record says, but for what `SAMPLING` changes. Temperature 0 always takes the
# likeliest token, so that answers can be repeated elsewhere.

# %% id="sampling"
decoding = read_sampling(fixed, SAMPLING)
for name, value in decoding.items():
    print(f"{name:16} {value}")

# %% [markdown] id="answers-text"
# ### The answers, while they are written
# They appear word by word, as in a chat.

# %% id="answers"
answers = {"tuned": [], "base": []}
for question in questions:
    talk = [{"role": "system", "content": system}, {"role": "user", "content": question}]
    for side, heading in (("tuned", "Fine-tuned"), ("base", "Base")):
        print(f"{question}\n{heading}:")
        with one_side(tuned, side):
            answers[side].append(print_reply(tuned, talk, decoding))

# %% [markdown] id="side-by-side-text"
# ### Side by side
# Five words and more in a row that stand in the books are underlined. Some always do: an author
# uses turns of phrase more than once. Whole sentences would mean that the model recites.

# %% id="side-by-side" tags=["answers"]
import html

known = known_runs(training)
table = [
    [html.escape(question), *(marked_answer(answers[side][n], known) for side in answers)]
    for n, question in enumerate(questions)
]
display(HTML(html_table(["Question", "Fine-tuned", "Base"], table, [20, 40, 40])))

# %% id="include-chat-page"
from chapters.chat_page import chat_page, open_page, wants_page

# %% [markdown] id="part-page"
# ## 3. A chat page
# Both models side by side in the browser, each with its own talk: switch the persona off and on,
# change the sampling, see copied words underlined as they appear. The page comes from this machine
# and only this machine can reach it. In a headless run it stays closed.

# %% id="page"
if wants_page(PAGE):
    page = chat_page(tuned, known, fixed, decoding)
    address = open_page(page)
    display(HTML(f'Chat with both at <a href="{address}" target="_blank">{address}</a>.'))
else:
    print(f"PAGE is {PAGE!r}: no chat page is open.")

# %% [markdown] id="part-export"
# ## 4. Take it along
# Other programs can run the model too. `EXPORT` says which files to write; by default none. What
# must be fetched for them is told before, with its size.
#
# | `EXPORT` | what is written | for |
# |---|---|---|
# | `"lora"` | the adapter as GGUF, tens of megabytes | Ollama or llama.cpp with their base model |
# | `"merged"` | base and adapter in one, 16 bits | transformers, vLLM, further training |
# | `"q8_0"` | one GGUF file, 8 bits a weight | LM Studio, llama.cpp, Ollama |
# | `"q4_k_m"` | one GGUF file, 4 to 6 bits a weight | the same, on less memory |

# %% id="include-card"
from chapters.card import card_text, read_verdict, write_export_card

# %% [markdown] id="model-card-text"
# ### Its model card
# What it was trained on, what the Comparison found, how to ask it. It goes along with every export.

# %% id="model-card"
card = card_text(trained, MODEL, read_verdict(OUT_DIR)).split("\n\n", 2)[2]  # below its title
display(Markdown(card.partition("## How to ask")[0]))

# %% id="include-vocabulary"
from chapters.vocabulary import add_vocabulary

# %% id="include-ollama"
from chapters.ollama import modelfile

# %% id="include-locks"
from chapters.locks import free_lock, hold_folders

# %% [markdown] id="modelfile-text"
# ### How Ollama will ask it
# A Modelfile has the persona, the sampling, the tokens that end an answer and a template of the
# chat. All of it is read off the format that the model was trained in.

# %% id="modelfile"
print(modelfile(tuned, fixed, "./model.gguf"))

# %% id="include-gguf-format"
from chapters.gguf_format import types_table

# %% [markdown] id="types-text"
# ### In how many bits
# What four of the matrices are stored in. `q4_k_m` spends more bits where llama.cpp's makers found
# that they matter.

# %% id="types"
display(types_table(tuned.model.config))

# %% id="include-export"
from chapters.export import export_model, plan_exports

# %% [markdown] id="plan-text"
# ### What will be written
# And what has to be fetched for it. The folder bears the key of the training, so that files of two
# trainings never mix.

# %% id="plan"
EXPORT_DIR = OUT_DIR / f"export-{trained['key']}"
weights = tuned.model.num_parameters()
if EXPORT:
    print(*plan_exports(EXPORT, MODEL, tuned.model.config, weights, EXPORT_DIR), sep="\n")
else:
    print('EXPORT is empty: no files are written. EXPORT = ["lora"] is a good first one.')

# %% [markdown] id="export-text"
# ### Write the files
# Beside each GGUF file stands a Modelfile for Ollama, made from the format that the model was
# trained in: persona, template, stops and sampling are the same as here. `README.md` says how to
# start each. While they are written, no training of this author and model can replace the adapter.

# %% id="export"
if EXPORT:
    run_lock = hold_folders(OUT_DIR, CACHE_DIR)
    try:
        if read_training(OUT_DIR) != trained:
            again = "restart the kernel and run all cells."
            raise Mistake(f"{ADAPTER} is not the adapter that was loaded here any more: {again}")
        files = export_model(EXPORT, tuned, MODEL, ADAPTER, fixed, EXPORT_DIR)
        write_export_card(EXPORT_DIR, OUT_DIR, trained)
    finally:
        free_lock(run_lock)
    for path in [*files, EXPORT_DIR / "README.md"]:
        print(f"{path.stat().st_size / 1e6:9,.1f} MB  {path}")
