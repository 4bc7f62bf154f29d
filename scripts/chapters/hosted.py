# %% id="hosted-imports"
"""On Colab or Kaggle: the pinned packages, and the books; elsewhere nothing."""

# %% [markdown] id="hosted-begin-text"
# #### On Colab or Kaggle
# There this notebook comes alone. So the versions it was tested with are installed, a folder as in
# the collection is made, and the books are asked for. What is written there is lost with the
# session, but for what lies on a Drive that was mounted before, or in Kaggle's output.

# %% id="hosted-begin"
import importlib
import importlib.metadata
import os
import shutil
import subprocess
import sys
from pathlib import Path

HOSTS = {"COLAB_RELEASE_TAG": "Colab", "KAGGLE_KERNEL_RUN_TYPE": "Kaggle"}  # variable: host
HOSTED_FOLDERS = {  # host: where to work, the first that there is
    "Colab": ("/content/drive/MyDrive", "/content"),
    "Kaggle": ("/kaggle/working",),
}
BOOK_ENDINGS = (".pdf", ".epub", ".docx", ".html", ".htm", ".md", ".txt")
PINS = (
    "unsloth==2026.10.9 torch==2.14.1 transformers==5.17.0 trl==1.15.0 peft==0.21.2 "
    "datasets==4.8.5 bitsandbytes==0.50.2 pymupdf==2.0 lxml==6.1.3 mammoth==1.13.0 "
    "markdown-it-py==4.3.0 mdit-py-plugins==0.7.0 matplotlib==3.11.2 seaborn==0.13.2 "
    "wordcloud==1.9.6 nltk==3.10.4 textblob==0.20.1 scikit-learn==1.9.1 scipy==1.17.1 gguf==0.19.0"
).split()


def missing_pins() -> list[str]:
    """Return those of PINS that are not installed in this version."""
    missing = []
    for pin in PINS:
        name, _, version = pin.partition("==")
        try:
            found = importlib.metadata.version(name).partition("+")[0]  # 2.14.1+cu130
        except importlib.metadata.PackageNotFoundError:
            found = ""
        if found != version:
            missing.append(pin)
    return missing


def fetch_books(host: str, folder: Path) -> None:
    """Put the reader's books into an empty `folder`: on Colab they are asked for, on Kaggle they
    are taken from the data sets that were added to the notebook."""
    if host == "Colab":
        files = importlib.import_module("google.colab.files")  # there alone

        print("Choose the author's books, one file a book.")
        for name, data in files.upload().items():
            Path(folder, Path(name).name).write_bytes(data)
        return
    for path in sorted(Path("/kaggle/input").rglob("*")):
        if path.suffix.lower() in BOOK_ENDINGS:
            shutil.copy(path, folder)


def prepare_host(author_key: str, books: bool) -> str:
    """Return "" on a machine of the reader's own; on Colab or Kaggle install PINS, go to a folder
    as in the collection, fetch the `books` where they are needed, and return what was done."""
    host = next((name for sign, name in HOSTS.items() if sign in os.environ), "")
    if not host:
        return ""
    missing = missing_pins()
    if missing:
        print(f"{host}: installing {len(missing)} packages, a few minutes …")
        subprocess.run([sys.executable, "-m", "pip", "install", "-q", *missing], check=True)
    root = next(path for path in HOSTED_FOLDERS[host] if Path(path).is_dir())
    work = Path(root, "FineTuning/NoteBooks", author_key)
    shelf = work.parents[1] / "Books" / author_key
    for folder in (work, shelf):
        folder.mkdir(parents=True, exist_ok=True)
    os.chdir(work)
    if books and not any(shelf.iterdir()):
        fetch_books(host, shelf)
    names = [pin.partition("==")[0].replace("-", "_") for pin in missing]
    again = {"scikit_learn": "sklearn"}
    stale = [name for name in names if again.get(name, name) in sys.modules]
    told = f"{host}: results go to {work}."
    return f"{told} Restart the session and run all cells." if stale else told
