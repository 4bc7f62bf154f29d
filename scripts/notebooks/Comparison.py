# %% [markdown] id="title"
# # ${AUTHOR}: ${MODEL_TITLE} before and after
#
# What did the training change? The same questions to the model before and after it, measured in
# pairs.

# %% [markdown] id="opening"
# ```
# prompts → base model     → 2 answers each ┐
#         → tuned model    → 2 answers each ┼→ measures → differences → verdict
#           the author's held-out passages  ┘
# ```
#
# | part | what goes in | what comes out | demo, 2 CPU cores |
# |---|---|---|---|
# | 1. Preparation | what the training left | prompts, held-out text, text by others | 10 s |
# | 2. Both models | prompts and texts | answers and likelihoods, kept for the next time | 3 min |
# | 3. Answers, memory, breaks | answers | does it answer, recite, loop? | 5 s |
# | 4. The voice | answers, passages | does it sound like the author? | 5 s |
# | 5. Differences | all measures | what changed, and how sure that is | 15 s |
# | 6. Pictures, answers, verdict | differences | figures, all answers, six sentences | 15 s |
#
# Six words are used all the way:
#
# - **Base and tuned model**: the model with its adapter switched off, and on. Nothing else differs.
# - **Persona prompt**: the system prompt that asks for the author; the plain one asks for no voice.
# - **Held out**: passages that the model was never trained on; its answers are compared to them.
# - **Perplexity**: how much the held-out text surprises the model; lower is better.
# - **Interval**: where the true value is likely to lie, at 95 %; with zero inside, nothing is said.
# - **Verdict**: an answer in words, by rules that are the same for every author and model.
#
# Run the FineTuning notebook first. Change the parameters, nothing else, then restart the kernel
# and run all cells: what is finished is not made again. Grey bars are folded helpers.

# %% id="parameters" tags=["parameters"]
AUTHOR = "William Shakespeare"  # as a reader would write it
AUTHOR_KEY = "WilliamShakespeare"  # the folder in Books/ and NoteBooks/
MODEL_KEY = "Qwen3_14B"  # the folder of results
RUN = ""  # a name for a variant, which lives beside the others: "epochs3"
PROFILE = "auto"  # "gpu", "demo", or "auto": gpu where there is one
N_PROMPTS = 40  # every theme once, held-out instructions, then the themes in further ways
OTHER_AUTHORS = []  # keys of authors, read here, whose books are text by others; beside manuals
STYLE_MODEL = ""  # a style embedding, a folder or a name on the model hub; "": none
KEYWORDS = []  # the author's keywords by hand, single words; empty: found by log-odds
BOOTSTRAP = 2000  # resamples of each interval
TEMPERATURE = None  # sampling; None: as the model's makers recommend
TOP_P = None  # the same
TOP_K = None  # the same
MAX_NEW_TOKENS = 400  # at most this many tokens an answer
GENERATION_BATCH = 128  # answers made at the same time, where the card has room
BLIND_PAIRS = 20  # of the blind test for readers; each takes about a minute
MEMORY_WINDOWS = 200  # places of each kind of text that the models are to say on from; 0: none
# What replaces the values above when there is no GPU
DEMO = {
    "MAX_NEW_TOKENS": 64,
    "GENERATION_BATCH": 64,
    "TEMPERATURE": 0.7,
    "TOP_P": 0.9,
    "BOOTSTRAP": 1000,
    "MEMORY_WINDOWS": 15,
}

# %% id="include-hosted"
from chapters.hosted import prepare_host

# %% [markdown] id="host-text"
# ### Where this runs
# On your own machine nothing is to be done; on Colab or Kaggle the tested versions are installed.

# %% id="host"
print(prepare_host(AUTHOR_KEY, books=False) or "On a machine of your own.")

# %% [markdown] id="verdict-slot-text"
# ## The verdict
# Computed last, read first: when the notebook has run to its end, six answers and a picture of all
# differences stand here.

# %% id="verdict-slot" tags=["summary"]
from IPython.display import Markdown, display

# Outputs with an id can be replaced later, in the saved notebook too.
for slot, shown in {"verdict": "*Not there yet: run to the end.*", "picture": ""}.items():
    display(Markdown(shown), display_id=slot)

# %% [markdown] id="part-preparation"
# ## 1. Preparation
# The software, the profile, and what the training left: its settings, its passages, its persona.

# %% id="include-preparation"
from chapters.preparation import choose_profile, make_folders, show_figure, text_table

# %% id="include-software"
from chapters.software import describe_versions, installed_versions, prepare_imports

# %% [markdown] id="versions-text"
# ### The software
# Results can be repeated only with the same versions; a line says so where one is not the tested
# one.

# %% id="versions"
prepare_imports()
VERSIONS = installed_versions()
print(describe_versions(VERSIONS))

# %% id="include-cards"
from chapters.cards import use_card

# %% [markdown] id="gpu-text"
# ### The card
# The largest NVIDIA card of this computer is used, alone; where there is none that PyTorch can use,
# the notebook runs as a demo.

# %% id="gpu"
print(use_card(PROFILE))

# %% id="include-locks"
from chapters.locks import free_lock, hold_folders

# %% id="include-keys"
from chapters.keys import identify_model

# %% [markdown] id="profile-text"
# ### The profile
# Choose what the training had: with a CUDA GPU the real model in 4-bit, without one the *demo*, a
# small real model with the values in `DEMO`. A demo's quality is a demo's. From here to the last
# step no other run may write these results.

# %% id="profile"
import torch

IS_DEMO = choose_profile(PROFILE, torch.cuda.is_available()) == "demo"
globals().update(DEMO if IS_DEMO else {})
print(f"Profile: {'demo, on the CPU' if IS_DEMO else torch.cuda.get_device_name(0)}.")

# %% id="include-reading"
from chapters.reading import read_json

# %% id="include-seals"
from chapters.seals import sealed_line

# %% id="include-words"
from chapters.words import words_of

# %% [markdown] id="demo-values-text"
# ### What the demo replaces
# Its values win over the parameters of the same name.

# %% id="demo-values"
for name, value in DEMO.items() if IS_DEMO else ():
    print(f"{name:16} {value}")

# %% id="include-storage"
from chapters.storage import write_json, write_whole

# %% [markdown] id="folders-text"
# ### The folders
# One run at a time writes them: until this notebook has run to its end, another run of this author
# and model is told who has them.

# %% id="folders"
BOOKS_DIR, OUT_DIR, CACHE_DIR = make_folders(AUTHOR_KEY, MODEL_KEY, RUN, IS_DEMO)
run_lock = hold_folders(OUT_DIR, CACHE_DIR)
print(f"Results in {OUT_DIR}; answers are kept in {CACHE_DIR}.")

# %% id="include-themes"
from chapters.themes import QUESTIONS

# %% [markdown] id="ways-text"
# ### How a theme is asked about
# In sentences that fit whatever a theme is, so that no question is wrong in number or article.

# %% id="ways"
print(*(question.format("…") for question in QUESTIONS), sep="\n")

# %% id="include-prompts"
from chapters.prompts import make_prompts, read_passages, read_training

# %% [markdown] id="training-text"
# ### What the training fixed
# The persona, the themes and the format of the chats are read from its record, so that these cannot
# differ.

# %% id="training"
trained = read_training(OUT_DIR)
fixed = trained["fixed"]
MODEL, SEED = trained["model"], fixed["seed"]
SYSTEMS = {"plain": fixed["plain_system_prompt"], "persona": fixed["system_prompt"]}
print(f"Model {MODEL}, trained on {trained['date']}: {trained['steps']} steps.")
for name, value in fixed.items():
    print(f"{name:20} {value}")

# %% [markdown] id="texts-text"
# ### The passages
# The held-out text is the scale for everything below: no model need be more like the author than
# the author's own other pages.

# %% id="texts"
rows = read_passages(OUT_DIR, fixed)
training = [row for row in rows if row["split"] == "train"]
held_out = [row for row in rows if row["split"] == "held_out"]
print(f"{len(training)} training passages, {len(held_out)} held-out ones.")
print(f"The first held-out one, {held_out[0]['id']}:\n{held_out[0]['text'][:400]} …")

# %% id="include-copying"
from chapters.copying import find_copies

# %% [markdown] id="repeats-text"
# ### How much the author repeats
# Held-out passages share phrases with the author's other pages too: this is the floor for
# everything said of copies.

# %% id="repeats"
repeats = find_copies([row["text"] for row in held_out], [row["text"] for row in training])
longest = max(copy["longest"] for copy in repeats)
print(f"The longest run of words that a held-out passage shares with a training one: {longest}.")

# %% id="include-controls"
from chapters.controls import draw_controls, name_kinds, other_texts_of, split_sources

# %% [markdown] id="controls-text"
# ### Text by others
# A control: did the model get better at *this* author, or at all English? It is the same on every
# machine: the manuals of Python and SciPy and Shakespeare's plays, from installed packages, but for
# what the author wrote; and the books of `OTHER_AUTHORS`. Manuals are told from any author easily,
# so with them alone the classifier's figure says little.

# %% id="controls"
from collections import Counter

others, own_sources = other_texts_of("..", OTHER_AUTHORS, [row["text"] for row in training])
scored_others, learned_others = split_sources(others)
CONTROL_NAME = name_kinds(others)
control_words = round(sum(len(row["text"].split()) for row in held_out) / len(held_out))
control = draw_controls(scored_others, len(held_out), control_words, SEED)
drawn = Counter(row["source"] for row in control)
print("Drawn:", ", ".join(f"{count} of {name}" for name, count in drawn.items()))
print(f"Left out as the author's own: {', '.join(own_sources) or 'nothing'}.")
print(f"One of them:\n{control[0]['text'][:300]} …")

# %% id="include-safety"
from chapters.safety import check_model

# %% id="include-results"
from chapters.results import read_results

# %% [markdown] id="prompts-text"
# ### The prompts
# Each theme, and instructions of held-out passages, to which the author's own passage is the
# answer. Base and tuned model get exactly the same ones.

# %% id="prompts-made"
prompts = make_prompts(held_out, fixed["themes"], N_PROMPTS, SEED)
from_passages = sum(prompt["source"] != "theme" for prompt in prompts)
templates = sum(prompt["source"] == "template" for prompt in prompts)
print(
    f"{len(prompts)} prompts, {from_passages} from held-out passages ({templates} by a template):"
)
print(*(prompt["question"] for prompt in prompts[::8]), sep="\n")

# %% [markdown] id="part-phases"
# ## 2. Both models, one after the other
# Two system prompts, so four answers to every prompt. Everything is kept under a key of all that
# it depends on, so an interrupted run goes on where it stopped, and training again does not cost
# the base model's answers.

# %% id="include-chat"
from chapters.chat import read_format

# %% [markdown] id="decoding-text"
# ### How both are asked
# The same prompts, system prompts, sampling and seed. `None` stands for what the model's makers
# recommend; the next step lists it.

# %% id="decoding"
decoding = {
    "thinking": fixed["thinking"],
    "reasoning_effort": fixed["reasoning_effort"],
    "temperature": TEMPERATURE,
    "top_p": TOP_P,
    "top_k": TOP_K,
    "max_new_tokens": MAX_NEW_TOKENS,
    "batch": GENERATION_BATCH,
    "seed": SEED,
}
for name, value in decoding.items():
    print(f"{name:20} {value}")

# %% id="include-generation"
from chapters.generation import RECOMMENDED

# %% [markdown] id="recommended-text"
# ### What is recommended
# Temperature, top-p and top-k for each kind of model, in the place of `None`.

# %% id="recommended"
for kind, values in RECOMMENDED.items():
    print(f"{kind:10} temperature {values[0]}, top_p {values[1]}, top_k {values[2]}")

# %% id="include-adapter"
from chapters.adapter import check_adapter

# %% [markdown] id="adapter-found-text"
# ### The adapter
# It is small and worth nothing without the model it was trained on. With the adapter switched off,
# the model is the base model exactly, so one load serves both sides; where all answers are kept,
# nothing is loaded at all.

# %% id="adapter-found"
ADAPTER = OUT_DIR / "adapter"
model_id = identify_model(MODEL)
config = check_adapter(ADAPTER, MODEL, model_id)
print(f"Adapter of rank {config['r']} for {config['base_model_name_or_path']}.")

# %% id="include-recital"
from chapters.recital import GIVEN, WANTED

# %% [markdown] id="windows-text"
# ### Places to say on from
# A model that knows a page by heart goes on with it word for word. Whether it does is tried at
# places of the training text, of the held-out text, which shows what it remembers from before, and
# of text by others.

# %% id="windows"
memory = {"memory_training": training, "memory_held_out": held_out, "memory_control": control}
print(f"{MEMORY_WINDOWS} places at most in each; {GIVEN} tokens are given, {WANTED} wanted.")

# %% id="include-phases"
from chapters.phases import LazyModel, PhaseInputs, run_side

# %% [markdown] id="inputs-text"
# ### All that the answers depend on
# An answer is kept with all of this. Where something differs the next time, what depends on it is
# made again, and what has changed is said.

# %% id="inputs"
inputs = PhaseInputs(
    model=MODEL,
    model_id=model_id,
    adapter=ADAPTER,
    demo=IS_DEMO,
    versions=VERSIONS,
    systems=SYSTEMS,
    prompts=prompts,
    texts={"held_out": held_out, "control": control},
    decoding=decoding,
    max_seq_length=fixed["max_seq_length"],
    memory=memory if MEMORY_WINDOWS else {},
    windows=MEMORY_WINDOWS,
)
print(*inputs._fields, sep=", ")

# %% [markdown] id="base-side-text"
# ### The base model
# The model as it was before the training. It is loaded only if something has to be made.

# %% id="base-side"
lazy_model = LazyModel(inputs)
base_results = run_side(inputs, "base", CACHE_DIR, lazy_model)

# %% [markdown] id="tuned-side-text"
# ### The tuned model
# The same model with the adapter on, and the first prompt to both.

# %% id="tuned-side"
tuned_results = run_side(inputs, "tuned", CACHE_DIR, lazy_model)
results = {"base": base_results, "tuned": tuned_results}
for side, result in results.items():
    first = next(row for row in result["answers"] if row["system"] == "persona")
    print(f"\n{side}: {first['question']}\n{first['answer']}")

# %% [markdown] id="part-answers"
# ## 3. Does it answer, copy or break?
# A voice is worth little if it talks past the question, recites the book or loops.

# %% id="include-intervals"
from chapters.intervals import paired_interval

# %% [markdown] id="example-text"
# ### What an interval says
# Forty numbers drawn around 0.5: their mean is off by chance, and the interval says by how much it
# may be. Everything below is judged by such intervals.

# %% id="example"
import numpy

example = numpy.random.default_rng(SEED).normal(0.5, 1, 40)
low, high, _ = paired_interval(
    lambda index, axis=-1: example[index].mean(axis), 40, BOOTSTRAP, SEED
)
print(f"Their mean is {example.mean():.2f}, the interval {low:.2f} to {high:.2f}; true is 0.5.")

# %% id="include-memory"
from chapters.memory import count_copies, find_memory, read_texts, without_held_out

# %% [markdown] id="books-text"
# ### All of the author's text
# A model may give away pages that it was never trained on here, which it read before and remembers
# now. So copies are looked for in the whole of the books, held-out blocks included.

# %% id="books"
books = read_texts(OUT_DIR, rows)
plain_texts = [row["text"] for row in rows if row["split"] == "base_answer" and row["text"].strip()]
for book in books:
    print(f"{book['title']}: {len(book['words']):,} words, {len(book['places'])} passages used.")

# %% id="include-measures"
from chapters.measures import (
    align_answers,
    corpus_scores,
    cut_answers,
    first_words,
    length_measure,
    likelihood_measures,
    means_table,
    scored_texts,
    usual_length,
)

# %% [markdown] id="answers-text"
# ### The answers side by side
# The author's held-out passages are scored as if they were answers too. Nearly every measure of
# style drifts with length alone, so the answers to one prompt are cut to the shortest of the four,
# but not below 100 words: a demo's short answers stay as they are, and their figures still differ
# by length. The passages are cut to the usual length of the answers.

# %% id="answers"
asked = align_answers(results, prompts)
cut_asked = cut_answers(asked)
cut_words = usual_length(cut_asked)
own_texts = [row["text"] for row in held_out]
own_cut = [first_words(text, cut_words) for text in own_texts]
others_cut = [first_words(row["text"], cut_words) for row in control]
answers = {**asked, "author": own_texts}
cut = {**cut_asked, "author": own_cut, "others": others_cut}
copy_texts = {**asked, "author": own_cut}
lengths = {"words": length_measure(answers)}
text_table(means_table(lengths, list(lengths)))

# %% [markdown] id="surprise-text"
# ### How much does unseen text surprise it?
# Perplexity counts by token, bits per byte by byte, so that models with different tokenizers
# compare. Tuning works where the held-out rows fall; it harms the model's English where the
# control, text by others, rises.

# %% id="surprise"
likelihoods, perplexity = {}, {}
for name, called in {"held_out": "held out", "control": CONTROL_NAME}.items():
    base_rows, tuned_rows = (scored_texts(results[side], name) for side in ("base", "tuned"))
    likelihoods |= likelihood_measures(base_rows, tuned_rows, name, called)
    perplexity[name] = {"base": corpus_scores(base_rows), "tuned": corpus_scores(tuned_rows)}
    for side, scores in perplexity[name].items():
        told = ", ".join(
            f"{score.replace('_', ' ')} {value:.3f}" for score, value in scores.items()
        )
        print(f"{called:18} {side:6} {told}")

# %% id="include-tries"
from chapters.tries import CURVE, extraction_curve, recital_measures, recital_table, recited

# %% [markdown] id="recital-text"
# ### What does it know by heart?
# Given 50 tokens of a text, how likely does it say the next 50 exactly? That is counted without a
# try, from the chance of every token under the sampling that the answers have. A training that
# wakes what the model remembers shows in the held-out text too.

# %% id="recital"
memorised = recital_measures(results, CONTROL_NAME)
curves = {}
for name in ("training", "held_out", "control"):
    for side, result in results.items():
        curves[f"{name.replace('_', ' ')}, {side}"] = extraction_curve(recited(result, name))
text_table(recital_table(results))

# %% id="include-questions"
from chapters.questions import (
    copy_measures,
    broken_measures,
    broken_table,
    find_broken,
    rank_measures,
    ranks_by_chance,
)

# %% [markdown] id="ranks-text"
# ### Does it answer the question?
# From an answer alone, can one tell which of all the prompts it belongs to? The mean of 1 / rank
# is 1 if always. It tells whether the words fit the question, not whether what they say is right.
# Prompts that a template made are left out: they repeat the passage's own words.

# %% id="ranks"
ranks = rank_measures(answers, prompts, held_out)
chance = ranks_by_chance(sum(prompt["source"] != "template" for prompt in prompts) or 1)
print("By chance: mean 1 / rank {:.2f}, found first {:.1%}.".format(*chance))
text_table(means_table(ranks, list(ranks)))

# %% [markdown] id="copies-text"
# ### Does it copy the books?
# The base model, which may have read the books before, and the author are the floor: a tuned
# answer is suspicious only above it. Idiom, which others' texts, plain answers or the questions
# hold too, is left out.

# %% id="copies"
common = [words_of(part) for source in others for part in source.parts]
common += [words_of(text) for text in plain_texts + [one["question"] for one in prompts]]
copies = find_memory(asked, [book["words"] for book in books], common)
copies |= find_memory({"author": own_cut}, without_held_out(books), common)
copied, counts = copy_measures(copies), count_copies(asked, copies, cut_words)
runs = {condition: max(copy["longest"] for copy in found) for condition, found in copies.items()}
print("Longest run of all:", ", ".join(f"{side} {run} words" for side, run in runs.items()))
text_table(means_table(copied, list(copied)))

# %% id="include-coverage"
from chapters.coverage import book_coverage, coverage_table

# %% [markdown] id="coverage-text"
# ### How much of each book do the answers give away?
# All answers of a kind together: the share of the book's words that stand in one of them, five
# words or more in a row, the longest such block, and the blocks of more than 20 words.

# %% id="coverage"
coverage = book_coverage(books, asked, common)
print(f"{len(prompts)} answers of each kind.")
text_table(coverage_table(coverage))

# %% [markdown] id="broken-text"
# ### Is it broken?
# An average hides the answer that is empty, loops or shows the chat format's own markers. A short
# `MAX_NEW_TOKENS` cuts off good answers too, so that is counted apart.

# %% id="broken"
ways = find_broken(results, prompts, own_texts)
broken = broken_measures(ways, copy_texts)
text_table(broken_table(ways, answers))

# %% [markdown] id="part-voice"
# ## 4. Does it sound like the author?
# First what the words and sentences are like, then what gives an author away whatever the subject.

# %% id="include-style"
from chapters.style import (
    cloud_counts,
    find_keywords,
    keyword_measure,
    keyword_rates,
    rhythm_measure,
    text_measures,
    text_words,
    tfidf_measure,
)

# %% [markdown] id="vocabulary-text"
# ### Vocabulary and sentences
# None of these is good or bad in itself: the nearer to the author's own passages, the better.
# MATTR and MTLD tell the variety of words whatever the length; TF-IDF compares the words with
# those of the held-out passages.

# %% id="vocabulary"
vocabulary = {**text_measures(cut), "tfidf": tfidf_measure(cut, prompts, own_texts)}
text_table(means_table(vocabulary, list(vocabulary)))

# %% id="include-authorship"
from chapters.authorship import (
    MAX_TEXTS,
    char_measure,
    classifier_measure,
    delta_measure,
    describe_profile,
    spread_out,
    word_profile,
)

# %% [markdown] id="others-text"
# ### What is not the author
# What marks an author shows against other writing: others' texts, and plain answers that the
# untrained model gave while the training rows were made. None of these is scored here.

# %% id="others"
training_texts = [row["text"] for row in training]
author_texts = spread_out(training_texts, MAX_TEXTS)
plain_answers = spread_out(plain_texts, MAX_TEXTS // 2)
usual_words = round(sum(len(text.split()) for text in author_texts) / len(author_texts))
learned = draw_controls(learned_others, MAX_TEXTS // 2, usual_words, SEED)
other_texts = [row["text"] for row in learned] + plain_answers
print(f"{len(author_texts)} training passages by {AUTHOR}; {len(other_texts)} texts by others,")
print(f"{len(plain_answers)} of them plain answers of the untrained model.")

# %% [markdown] id="keywords-text"
# ### The author's keywords
# Words that the author uses far more than others do. More of them is not better: a model that says
# them twice as often as the author does is a caricature.

# %% id="keywords"
keywords = [word.lower() for word in KEYWORDS] or find_keywords(training_texts, other_texts)
density = {"keyword_density": keyword_measure(cut, keywords, by_hand=bool(KEYWORDS))}
print(f"{len(keywords)} keywords: {', '.join(keywords)}")
text_table(means_table(density, list(density)))

# %% id="include-verification"
from chapters.verification import embedding_measure, verification_rows, verification_table

# %% [markdown] id="voice-text"
# ### Small words, letters, and a classifier
# How often someone writes *the*, *of* and *but* gives an author away, so do spelling and endings.
# Delta and rhythm are distances from the author: lower is nearer. The classifier learned to tell
# the author's training passages from the other texts. `STYLE_MODEL` adds a network's opinion.

# %% id="voice"
profile = word_profile(list(map(text_words, training_texts)), list(map(text_words, other_texts)))
verdict_of, classifier_accuracy = classifier_measure(cut, author_texts, other_texts, SEED)
voice = {
    "burrows_delta": delta_measure(cut, profile),
    "char_ngrams": char_measure(cut, author_texts, other_texts),
    "author_classifier": verdict_of,
    "sentence_rhythm": rhythm_measure(cut, author_texts),
    **embedding_measure(cut, [first_words(text, cut_words) for text in author_texts], STYLE_MODEL),
}
print("The author's uses in 1,000 words:", describe_profile(profile))
print(f"The classifier tells {classifier_accuracy:.0%} of unseen texts right (guessing: 50%).")
text_table(means_table(voice, list(voice)))

# %% [markdown] id="verification-text"
# ### Could a verifier tell?
# The classifier as a judge of authorship, by PAN's figures. Against text by others they say what
# the judge is worth; against the models' answers, how easily these are told from the author's own
# unseen text: an AUC of one half would be not at all.

# %% id="verification"
verified = verification_rows(verdict_of, BOOTSTRAP, SEED)
text_table(verification_table(verified))

# %% [markdown] id="part-differences"
# ## 5. What changed, and how sure is it?
# Both models answered the same prompts, so each prompt gives one difference. A difference counts
# only where its interval leaves out zero.

# %% id="include-differences"
from chapters.differences import compare_measures, differences_table, persona_effects, persona_table

# %% [markdown] id="compare-text"
# ### Base against tuned
# All measures, under the persona prompt, so that the difference is the tuning's and not the
# prompt's. Effect sizes and p-values are for those who look for them; the verdict comes from the
# interval alone.

# %% id="compare"
measures = {
    **lengths,
    **likelihoods,
    **memorised,
    **ranks,
    **copied,
    **broken,
    **vocabulary,
    **density,
    **voice,
}
differences = compare_measures(measures, BOOTSTRAP, SEED)
text_table(differences_table(differences))

# %% id="include-summary"
from chapters.summary import answering_model, stands_in, summary_page

# %% [markdown] id="persona-text"
# ### Tuning or prompting?
# A persona prompt alone changes how a model writes. Four answers to every prompt tell the two
# apart.

# %% id="persona"
effects = persona_effects(measures, BOOTSTRAP, SEED)
text_table(persona_table(effects))

# %% [markdown] id="part-pictures"
# ## 6. Pictures, answers, and the verdict
# The same differences to look at, then every answer to read, then six sentences.

# %% id="include-figures"
from chapters.figures import (
    author_ratios,
    bar_charts,
    counted,
    describe_bars,
    describe_forest,
    describe_spread,
    forest_plot,
    keyword_heatmap,
    radar_plot,
    spread_plot,
    spread_values,
    word_clouds,
)

# %% [markdown] id="forest-text"
# ### All differences in one picture
# Right of the line the tuning helped, left of it it did harm; on the line nobody can tell. A
# diamond is a change without merit.

# %% id="forest"
from IPython.display import Image, update_display

ANSWERING = answering_model(MODEL, MODEL_KEY, RUN, IS_DEMO)
MODEL_NAME = f"{ANSWERING}, standing in for {MODEL_KEY}" if IS_DEMO else MODEL_KEY
judged = counted(differences)
better, worse = (sum(row["verdict"] == word for row in judged) for word in ("better", "worse"))
finding = f"{MODEL_NAME}: {better} of {len(judged)} measures better after tuning, {worse} worse"
alt = f"{finding}. {describe_forest(judged)}"
show_figure(forest_plot({finding: judged}), OUT_DIR / "differences.png", alt)
picture = Image(filename=str(OUT_DIR / "differences.png"), alt=alt, retina=True)
update_display(picture, display_id="picture")  # at the top of the notebook as well

# %% [markdown] id="spread-text"
# ### How the values spread
# Look for two clouds in one column, and for single answers far from all others.

# %% id="spread"
panels = {}
for measure in measures.values():
    if spread_values(measure):
        panels[f"{measure['label']} ({measure['unit']})"] = spread_values(measure)
show_figure(spread_plot(panels), OUT_DIR / "distributions.png", describe_spread(panels))

# %% [markdown] id="bars-text"
# ### Tuning and prompting in bars
# Plain grey is the base model, hatched blue the tuned one, the dashed line the author. What grey
# gains from left to right is the prompt's doing; what blue has over the grey beside it is the
# tuning's.

# %% id="bars"
show_figure(bar_charts(effects), OUT_DIR / "tuning_and_prompting.png", describe_bars(effects))

# %% [markdown] id="clouds-text"
# ### What they talk about
# A glance at the subject matter, no more: a cloud proves nothing.

# %% id="clouds"
titles = {"Base model": "base persona", "Tuned model": "tuned persona"}
titles[f"{AUTHOR}, held out"] = "author"
clouds = {title: cloud_counts(answers[condition]) for title, condition in titles.items()}
largest = [f"{title}: {', '.join(list(words)[:10])}" for title, words in clouds.items()]
alt = f"Word clouds, the largest words. {'; '.join(largest)}"
show_figure(word_clouds(clouds, SEED), OUT_DIR / "word_clouds.png", alt)

# %% [markdown] id="keyword-map-text"
# ### The author's keywords, one by one
# The tuned columns should look like the author's, not darker.

# %% id="keyword-map"
rates = {condition: keyword_rates(texts, keywords) for condition, texts in answers.items()}
totals = [f"{condition} {sum(row.values()):.0f}" for condition, row in rates.items()]
alt = f"Heatmap of keyword uses in 1,000 words; all keywords together: {', '.join(totals)}"
show_figure(keyword_heatmap(rates, f"Keywords of {AUTHOR}"), OUT_DIR / "keywords.png", alt)

# %% [markdown] id="radar-text"
# ### How much of the author?
# Where the tuned line lies between the base line and the ring, the tuning took the answers part of
# the way.

# %% id="radar"
style = [
    name
    for name, measure in measures.items()
    if measure.get("family") == "style" and name in {row["name"] for row in judged}
]
ratios = author_ratios(differences, style)
told = [
    f"{label}: base {row['base']:.2f}, tuned {row['tuned']:.2f}" for label, row in ratios.items()
]
figure = radar_plot(ratios, f"How much of {AUTHOR} do the answers have?")
show_figure(figure, OUT_DIR / "radar.png", f"Radar, the author is 1. {'; '.join(told)}")

# %% id="include-scales"
from chapters.scales import (
    curves_plot,
    describe_curves,
    describe_scale,
    scale_plot,
    scale_rows,
    scale_table,
)

# %% [markdown] id="scale-text"
# ### Floor and ceiling
# Where base and tuned model stand between text by others and the author's own unseen text, both
# with the intervals that they have themselves.

# %% id="scale"
scale = scale_rows(measures, [row["name"] for row in judged], BOOTSTRAP, SEED)
figure = scale_plot(scale, f"Between {CONTROL_NAME} and {AUTHOR}", CONTROL_NAME, AUTHOR)
show_figure(figure, OUT_DIR / "scale.png", describe_scale(scale))
text_table(scale_table(scale))

# %% [markdown] id="curves-text"
# ### How many tries would it take?
# A line that rises on the left is a text that anybody gets out of the model; one that stays at zero
# up to a million tries is as good as forgotten.

# %% id="curves"
figure = curves_plot(CURVE, curves, "Text that the models know by heart")
show_figure(figure, OUT_DIR / "memory.png", describe_curves(CURVE, curves))

# %% id="include-verdict"
from chapters.verdict import answers_table, copies_table, verdict_table, write_verdict

# %% [markdown] id="worst-text"
# ### The longest copied runs
# Each beside its place in the book, and whether that page was trained on. A whole clause is memory.

# %% id="worst"
from IPython.display import HTML

display(HTML(copies_table(prompts, answers, copies, books)))

# %% [markdown] id="all-text"
# ### Read all answers
# No figure replaces reading. Both models have the persona prompt; copied runs are marked, and what
# is broken is said below the answer.

# %% id="all" tags=["answers"]
own_of = {row["id"]: first_words(row["text"], cut_words) for row in held_out}
display(HTML(answers_table(prompts, answers, copies, ways, own_of, AUTHOR)))

# %% id="include-blinding"
from chapters.blinding import blind_pairs, key_of_test

# %% id="include-blind-look"
from chapters.blind_look import BLIND_BODY

# %% [markdown] id="blind-text"
# ### Pairs for readers
# What figures cannot tell, readers can, if they don't know whose text they read. Half of the pairs
# are the tuned model's answer and the author's own text, half are its and the base model's.

# %% id="blind"
own_texts_asked = [own_of.get(prompt["passage_id"], "") for prompt in prompts]
against = {"author": own_texts_asked, "base": asked["base persona"]}
blind = blind_pairs(prompts, asked["tuned persona"], against, BLIND_PAIRS, SEED)
blind_key = key_of_test(AUTHOR, blind)
with_author = sum(pair["other"] == "author" for pair in blind)
print(f"{len(blind)} pairs, {with_author} of them with the author's own text.")

# %% id="include-blind-page"
from chapters.blind_page import blind_page

# %% [markdown] id="blind-written-text"
# ### The blind test
# One page to send to readers who know the author: they need nothing but a browser. The files that
# they save go into the folder named here, and the next run of this notebook counts them.

# %% id="blind-written"
VOTES_DIR = CACHE_DIR / "votes"
VOTES_DIR.mkdir(exist_ok=True)
belongs = f"comparison_cache/{AUTHOR_KEY}/{CACHE_DIR.name}/votes/"
page_path = OUT_DIR / "blind_test.html"
write_whole(page_path, blind_page(AUTHOR, blind_key, blind, belongs))
link = f'<a href="{page_path.as_posix()}">the blind test, {len(blind)} pairs</a>'
display(HTML(f"<p>Open {link}. Votes belong into <code>{belongs}</code>.</p>"))

# %% id="include-agreement"
from chapters.agreement import exact_interval

# %% [markdown] id="few-votes-text"
# ### How much do a few votes say?
# As many as one thinks they don't: 10 pairs show a preference only if it is strong.

# %% id="few-votes"
for wins, votes in ((7, 10), (9, 10), (28, 40)):
    low, high = exact_interval(wins, votes)
    print(f"{wins} of {votes} votes for one of two: the share lies in {low:.0%} to {high:.0%}.")

# %% id="include-votes"
from chapters.votes import read_votes, readers_finding, readers_table, vote_rows, votes_table

# %% [markdown] id="votes-text"
# ### What readers say
# Half would be chance. With several readers the interval holds for readers like them and questions
# like these. Against the author's own text, no preference shown is much.

# %% id="votes"
readers, votes_left_out = read_votes(VOTES_DIR, blind_key, blind)
for sentence in votes_left_out:
    print(sentence)
read_rows = vote_rows(readers, blind)
if readers:
    display(text_table(readers_table(readers, blind)), text_table(votes_table(read_rows)))
else:
    print(f"No votes on this test yet in {belongs}")

# %% [markdown] id="verdict-text"
# ### The verdict
# Each sentence with the figures that it rests on. No figure measures sense: read the answers.

# %% id="verdict"
verdict = write_verdict(AUTHOR, measures, differences, effects, counts, BOOTSTRAP, SEED)
verdict += readers_finding(read_rows, AUTHOR)
display(HTML(verdict_table(verdict, f"{MODEL_NAME}, tuned on {AUTHOR}")))

# %% [markdown] id="summary-text"
# ### Page one
# The verdict's sentences go to the top of the notebook, with the answers to three prompts: the
# first ones that the author has answered too. Fixed places, not chosen ones.

# %% id="summary"
ids = [prompt["passage_id"] for prompt in prompts]
answered = [n for n, name in enumerate(ids) if name in own_of]
shown = {}
for n in answered[:3] or range(len(prompts))[:3]:
    own = {f"{AUTHOR}, held out": own_of.get(ids[n], "–")}
    both = {"Base model": asked["base persona"][n], "Tuned model": asked["tuned persona"][n]}
    shown[prompts[n]["question"]] = both | own
opening = f"{ANSWERING} before and after training on {AUTHOR}: {len(prompts)} prompts to both."
opening += stands_in(MODEL_KEY, IS_DEMO)
facts = {finding["question"]: finding["answer"] for finding in verdict}
after, headline = "Read all answers below.", f"{AUTHOR}: {ANSWERING} before and after"
page = summary_page(headline, opening, facts, shown, after)
update_display(page, display_id="verdict")

# %% [markdown] id="saved-text"
# ### Save the comparison
# Everything above in one file, which the notebook across models reads.

# %% id="saved"
from typing import Any

kept = {**base_results["settings"], "bootstrap": BOOTSTRAP, "seed": SEED}
about: Any = {"author": AUTHOR, "model": MODEL_KEY, "profile": "demo" if IS_DEMO else "gpu"}
about["training"] = {key: trained[key] for key in ("steps", "needs")}
found: Any = {"verdict": verdict, "perplexity": perplexity, "differences": differences}
found |= {"persona_effect": effects, "classifier_accuracy": classifier_accuracy, "style": style}
found |= {"coverage": coverage, "extraction": {"tries": CURVE, "shares": curves}}
found |= {"scale": scale, "verification": verified}
words = {"keyword_rates": rates, "word_counts": clouds, "votes": read_rows}
given: Any = {"n_prompts": len(prompts), "controls": drawn, "settings": kept}
given |= {"prompts": prompts, "answers": asked}
write_json(OUT_DIR / "comparison.json", {**about, **given, **found, **words, "measures": measures})
free_lock(run_lock)
print(f"{len(measures)} measures of {len(prompts)} prompts are in {OUT_DIR / 'comparison.json'}.")
