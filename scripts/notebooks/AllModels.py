# %% [markdown] id="title"
# # ${AUTHOR}: all models compared
#
# Every model whose Comparison notebook has run for ${AUTHOR}, side by side.

# %% [markdown] id="opening"
# Nothing is asked or trained here. Each Comparison notebook leaves its figures and answers in
# `outputs/<Model>/comparison.json`; this one reads them. A model is judged against its own base,
# on the same prompts: so the verdicts say which model gained by tuning, and not yet which one is
# best.

# %% id="parameters" tags=["parameters"]
AUTHOR = "William Shakespeare"  # as a reader would write it
AUTHOR_KEY = "WilliamShakespeare"  # the folder in Books/, NoteBooks/ and comparison_cache/

# %% id="include-models"
from chapters.preparation import show_figure, side_by_side, text_table
from chapters.models import all_differences, common_answers, read_comparisons, verdicts_table

# %% [markdown] id="runs-text"
# ## What there is
# A model whose notebook has not been run is named.

# %% id="runs"
