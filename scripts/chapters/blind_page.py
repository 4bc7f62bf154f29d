# %% id="blind_page-imports"
"""The blind test as one page: it needs no server, sends nothing, and knows no names."""

from chapters.blind_look import BLIND_BODY, BLIND_LOOK
from chapters.blinding import Pair

# %% [markdown] id="blind_page-script-text"
# #### What the page does
# Votes are kept in the browser after each click, under the key of this test.

# %% id="blind_page-script"
BLIND_SCRIPT = r"""
const test = JSON.parse(document.getElementById("test").textContent);
const at = name => document.getElementById(name);
const place = "blind-test-" + test.test, forms = {reader: at("reader"), vote: at("vote")};
let kept = {reader: "", knows: "", at: 0, votes: {}};

function keep() {
  try { localStorage.setItem(place, JSON.stringify(kept)); return true; }
  catch { return false; }
}
function recall() {
  try {
    const found = JSON.parse(localStorage.getItem(place));
    if (found && found.reader && test.pairs[found.at] && found.votes) kept = found;
  } catch { /* nothing is kept, or nothing of ours */ }
}
function show(name) {
  for (const one of ["start", "pair", "end"]) at(one).hidden = one !== name;
  scrollTo(0, 0);
}
const done = () => test.pairs.filter(one => {
  const vote = kept.votes[one.id];
  return vote && vote.sounds && vote.better;
}).length;

function showStart() {
  const begun = kept.reader !== "";
  forms.reader.hidden = begun;
  at("paused").hidden = !begun;
  at("where").textContent =
    `${kept.reader}, you have voted on ${done()} of ${test.pairs.length} pairs.`;
  show("start");
  if (begun) at("go-on").focus();
}
function showPair() {
  const pair = test.pairs[kept.at], vote = kept.votes[pair.id] || {};
  at("place").textContent = `Pair ${kept.at + 1} of ${test.pairs.length}`;
  at("progress").max = test.pairs.length;
  at("question").textContent = pair.question;
  at("a").textContent = pair.texts[0];
  at("b").textContent = pair.texts[1];
  for (const input of forms.vote.elements)
    if (input.type === "radio") input.checked = vote[input.name] === input.value;
  at("back").disabled = kept.at === 0;
  update();
  show("pair");
  at("question").focus({preventScroll: true});
}
function update() {
  const vote = kept.votes[test.pairs[kept.at].id] || {};
  at("progress").value = done();
  at("next").disabled = !(vote.sounds && vote.better);
}
function cast(name, value) {
  const id = test.pairs[kept.at].id;
  kept.votes[id] = {...kept.votes[id], [name]: value};
  keep();
  update();
}
function turn(step) {
  kept.at = Math.min(Math.max(kept.at + step, 0), test.pairs.length - 1);
  keep();
  showPair();
}
"""

# %% [markdown] id="blind_page-keys-text"
# #### Keys, buttons and the file of votes
# A letter votes on the question that has the focus, or on the first one without a vote. The file is
# made in the browser itself.

# %% id="blind_page-keys"
BLIND_KEYS = r"""
document.addEventListener("keydown", event => {
  const value = {a: "a", b: "b", n: "neither"}[event.key.toLowerCase()];
  const busy = event.ctrlKey || event.altKey || event.metaKey || at("pair").hidden;
  if (!value || busy) return;
  const vote = kept.votes[test.pairs[kept.at].id] || {};
  const open = ["sounds", "better"].find(one => !vote[one]);
  const name = document.activeElement.name || open;
  if (!name) return;  // both are voted on: only where the focus is, a vote is changed
  forms.vote.elements[name].value = value;
  cast(name, value);
  if (name === "sounds") forms.vote.elements.better[0].focus();
  else at("next").focus();
});
forms.vote.addEventListener("change", event => cast(event.target.name, event.target.value));
forms.vote.addEventListener("submit", event => {
  event.preventDefault();
  if (at("next").disabled) return;
  const open = test.pairs.findIndex(one => !(kept.votes[one.id] || {}).better);
  if (kept.at < test.pairs.length - 1) turn(1);
  else if (open >= 0) turn(open - kept.at);
  else { show("end"); at("thanks").focus(); }
});
forms.reader.addEventListener("submit", event => {
  event.preventDefault();
  const name = at("name").value.trim();
  if (!name) return at("name").focus();
  kept = {reader: name, knows: forms.reader.elements.knows.value, at: 0, votes: {}};
  keep();
  showPair();
});
at("go-on").addEventListener("click", showPair);
at("pause").addEventListener("click", showStart);
at("back").addEventListener("click", () => turn(-1));
at("look").addEventListener("click", showPair);
for (const button of document.querySelectorAll(".anew"))
  button.addEventListener("click", () => {
    kept = {reader: "", knows: "", at: 0, votes: {}};
    keep();
    forms.reader.reset();
    at("saved").textContent = "";
    showStart();
    at("name").focus();
  });
at("save").addEventListener("click", () => {
  const {reader, knows, votes} = kept;
  const text = JSON.stringify({test: test.test, reader, knows, votes});
  const link = document.createElement("a");
  const plain = reader.normalize("NFKD").replace(/[^A-Za-z0-9]+/g, "-").replace(/^-|-$/g, "");
  link.href = URL.createObjectURL(new Blob([text], {type: "application/json"}));
  link.download = `votes-${test.test}-${plain || "reader"}.json`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  at("saved").textContent = `Saved as ${link.download}, where this browser puts its downloads.`;
});
for (const one of document.querySelectorAll(".author")) one.textContent = test.author;
for (const one of document.querySelectorAll(".count")) one.textContent = test.pairs.length;
for (const one of document.querySelectorAll(".folder")) one.textContent = test.folder;
recall();
at("unkept").hidden = keep();
showStart();
"""

# %% [markdown] id="blind_page-write-text"
# #### The page, written
# Its policy admits this one style and this one script, by their digests, and no address at all. The
# texts are data in a block that is never run. Which text is whose is not in it.

# %% id="blind_page-write"
import base64
import hashlib
import html
import json


def policy_source(text: str) -> str:
    """Return by what a page's policy admits a style or a script."""
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"'sha256-{digest}'"


def script_data(value: object) -> str:
    """Return plain values as JSON that can stand in a script block: no sign in it ends one."""
    text = json.dumps(value)  # ASCII alone
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def blind_page(author: str, key: str, pairs: list[Pair], folder: str) -> str:
    """Return the page of a blind test as HTML; `key` tells it from others, `folder` is where its
    votes belong."""
    shown = [{name: pair[name] for name in ("id", "question", "texts")} for pair in pairs]
    data = {"test": key, "author": author, "folder": folder, "pairs": shown}
    script = BLIND_SCRIPT + BLIND_KEYS
    policy = (
        f"default-src 'none'; img-src data:; style-src {policy_source(BLIND_LOOK)}; "
        f"script-src {policy_source(script)}; base-uri 'none'; form-action 'none'"
    )
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n<link rel="icon" href="data:,">\n'
        f"<title>{html.escape(f'Who sounds like {author}? A blind test')}</title>\n"
        f"<style>{BLIND_LOOK}</style>\n</head>\n<body>{BLIND_BODY}"
        f'<script type="application/json" id="test">{script_data(data)}</script>\n'
        f"<script>{script}</script>\n</body>\n</html>\n"
    )
