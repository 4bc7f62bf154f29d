# %% id="blind_look-imports"
"""What the page of the blind test looks like, and what stands on it."""

# %% [markdown] id="blind_look-style-text"
# #### The look of the page
# As that of the reports: light or dark as the reader has it, answers side by side, on a narrow
# screen one below the other.

# %% id="blind_look-style"
BLIND_LOOK = """
:root { color-scheme: light dark; --paper: #ffffff; --ink: #1f2429; --soft: #59636e;
  --line: #d5d9de; --tint: #f5f6f8; --link: #1a5a91; --on-link: #ffffff; }
@media (prefers-color-scheme: dark) { :root { --paper: #15181c; --ink: #e3e6e9; --soft: #a0a9b3;
  --line: #3a414a; --tint: #1d2126; --link: #8ec2f0; --on-link: #10202e; } }
* { box-sizing: border-box; }
[hidden] { display: none !important; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1.05rem/1.6 system-ui,
  -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; overflow-wrap: break-word; }
main { max-width: 68rem; margin: 0 auto; padding: 2.5rem 2rem 4rem; }
h1 { font-size: 1.8rem; line-height: 1.25; margin: 0 0 1rem; letter-spacing: -.01em; }
h2 { font-size: 1.3rem; line-height: 1.35; margin: 1rem 0 1.25rem; }
h3 { font-size: .9rem; margin: 0 0 .5rem; color: var(--soft); font-weight: 600; }
p, ul { max-width: 42rem; margin: 0 0 1rem; }
.soft { color: var(--soft); font-size: .9rem; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
h2:focus-visible { outline: none; }
.top { display: flex; gap: 1rem; align-items: center; flex-wrap: wrap; }
.top progress { flex: 1; min-width: 8rem; height: .6rem; accent-color: var(--link); }
.texts { display: grid; grid-template-columns: 1fr 1fr; gap: 1.5rem; align-items: start; }
article { background: var(--tint); border: 1px solid var(--line); border-radius: 6px;
  padding: 1.1rem 1.3rem; }
article p { white-space: pre-wrap; margin: 0; font-family: Georgia, "Noto Serif", serif; }
fieldset { border: 0; padding: 0; margin: 1.5rem 0 0; min-width: 0; }
legend { font-weight: 600; padding: 0 0 .5rem; }
.choices { display: flex; gap: .75rem; flex-wrap: wrap; }
.choices label { flex: 1 1 7rem; display: flex; gap: .6rem; align-items: center; cursor: pointer;
  min-height: 2.9rem; border: 1px solid var(--line); border-radius: 6px; padding: .4rem .9rem; }
.choices label:has(:checked) { border-color: var(--link); background: var(--tint);
  box-shadow: inset 0 0 0 1px var(--link); }
.choices label:has(:focus-visible) { outline: 3px solid var(--link); outline-offset: 2px; }
input[type=radio] { accent-color: var(--link); width: 1.1rem; height: 1.1rem; margin: 0; }
input[type=radio]:focus-visible { outline: none; }
kbd { font: .8rem ui-monospace, Menlo, Consolas, monospace; border: 1px solid var(--soft);
  border-radius: 3px; padding: 0 .35rem; color: var(--soft); }
.choices kbd { margin-left: auto; }
label.name { display: block; font-weight: 600; }
input[type=text] { display: block; width: 100%; max-width: 22rem; font: inherit; color: inherit;
  background: var(--paper); border: 1px solid var(--soft); border-radius: 6px; padding: .5rem .7rem;
  margin: .4rem 0 .3rem; }
.buttons { display: flex; gap: .75rem; flex-wrap: wrap; margin-top: 1.75rem; }
button { font: inherit; min-height: 2.9rem; padding: .4rem 1.4rem; border-radius: 6px;
  border: 1px solid var(--soft); background: var(--paper); color: var(--ink); cursor: pointer; }
button.main { background: var(--link); border-color: var(--link); color: var(--on-link);
  font-weight: 600; }
.keys { margin-top: 1rem; }
button:disabled { background: var(--tint); border-color: var(--line); color: var(--soft);
  cursor: not-allowed; }
@media (max-width: 44rem) {
  main { padding: 1.25rem 1rem 3rem; }
  h1 { font-size: 1.5rem; }
  h2 { font-size: 1.15rem; }
  .texts { grid-template-columns: 1fr; gap: 1rem; }
  .choices { gap: .5rem; }
  .choices label { flex-basis: 5rem; gap: .4rem; padding: .4rem .6rem; font-size: .95rem; }
  .choices kbd, .keys { display: none; }
}
"""

# %% [markdown] id="blind_look-body-text"
# #### What stands on the page
# A start that explains, the pairs one by one, and an end with the file of votes. All texts are put
# in by the script, as text.

# %% id="blind_look-body"
BLIND_BODY = """
<main>
<noscript><p>This page needs its own script, which this browser does not run.</p></noscript>
<section id="start">
<h1>Who sounds like <span class="author"></span>?</h1>
<p>You see <span class="count"></span> questions with two answers each. Some were written by a
computer, some stand in a book; whose they are is not told, and the order is drawn by lot. Say to
each pair which answer sounds more like <span class="author"></span>, and which one answers the
question better. There is no right or wrong: what you notice as a reader is what counts.</p>
<p>Close the page whenever you like; in this browser you go on where you stopped. At the end you
save a file of your votes. Nothing is sent anywhere.</p>
<p id="unkept" hidden>This browser keeps nothing for this page, so vote without closing it.</p>
<form id="reader">
<label class="name" for="name">Your name</label>
<input type="text" id="name" maxlength="60" required autocomplete="off" aria-describedby="why">
<p class="soft" id="why">Any name will do. It tells your file from those of other readers.</p>
<fieldset><legend>How well do you know this author's writing?</legend><div class="choices">
<label><input type="radio" name="knows" value="well" required>Well</label>
<label><input type="radio" name="knows" value="a little">A little</label>
<label><input type="radio" name="knows" value="not">Not at all</label></div></fieldset>
<div class="buttons"><button class="main">Begin</button></div>
</form>
<div id="paused" hidden>
<p id="where"></p>
<div class="buttons"><button class="main" type="button" id="go-on">Go on</button>
<button type="button" class="anew">Begin anew, for another reader</button></div>
</div>
</section>
<section id="pair" hidden aria-labelledby="question">
<div class="top"><span id="place" class="soft"></span>
<progress id="progress" aria-label="Pairs voted on"></progress>
<button type="button" id="pause">Pause</button></div>
<h2 id="question" tabindex="-1"></h2>
<div class="texts"><article><h3>Answer A</h3><p id="a"></p></article>
<article><h3>Answer B</h3><p id="b"></p></article></div>
<form id="vote">
<fieldset><legend>Which one sounds more like <span class="author"></span>?</legend>
<div class="choices">
<label><input type="radio" name="sounds" value="a">Answer A<kbd>A</kbd></label>
<label><input type="radio" name="sounds" value="b">Answer B<kbd>B</kbd></label>
<label><input type="radio" name="sounds" value="neither">Neither<kbd>N</kbd></label></div>
</fieldset>
<fieldset><legend>Which one answers the question better?</legend><div class="choices">
<label><input type="radio" name="better" value="a">Answer A<kbd>A</kbd></label>
<label><input type="radio" name="better" value="b">Answer B<kbd>B</kbd></label>
<label><input type="radio" name="better" value="neither">Neither<kbd>N</kbd></label></div>
</fieldset>
<div class="buttons"><button type="button" id="back">Back</button>
<button class="main" id="next" disabled>Next</button></div>
<p class="soft keys">Keys: <kbd>A</kbd>, <kbd>B</kbd> or <kbd>N</kbd> votes on one question after
the other, <kbd>Enter</kbd> goes on.</p>
</form>
</section>
<section id="end" hidden>
<h1 id="thanks" tabindex="-1">That was the last pair. Thank you!</h1>
<p>Save your votes, and give the file to whoever gave you this page.</p>
<div class="buttons"><button class="main" type="button" id="save">Save my votes</button>
<button type="button" id="look">Look at the last pair again</button>
<button type="button" class="anew">Begin anew, for another reader</button></div>
<p id="saved" role="status"></p>
<p class="soft">It belongs into <code class="folder"></code>; the next run of the Comparison
notebook counts it.</p>
</section>
</main>
"""
