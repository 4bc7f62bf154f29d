"""The blind test: fair pairs, a page that tells nothing and runs nothing, votes as they were cast.

The browser votes on a whole test by keyboard alone; what it saves is read by the chapter on votes.
"""

import json
import re
from collections import Counter

import pytest

import browser as chromium
from chapters.blind_page import blind_page, script_data
from chapters.blinding import LIKE_LENGTH, LONGEST_TEXT, blind_pairs, key_of_test, like_length
from chapters.votes import read_votes, vote_rows
from test_reports import ATTACKS

FOLDER = "comparison_cache/AdaExample/Tiny-demo/votes/"


def words(count, letter="w"):
    return " ".join(f"{letter}{n}" for n in range(count))


def text(*sizes, letter="w"):
    """Return sentences of so many words."""
    return " ".join(f"{words(size, letter)}." for size in sizes)


def made_pairs(count=20, own=12, extra=""):
    """Return a test of `count` pairs; the first `own` of 40 questions have an author's text."""
    prompts = [{"question": f"Question {n}? {extra}"} for n in range(40)]
    tuned, base, author = (
        [f"{text(9, 9, 9 + n % 5, letter=letter)} {letter}{n}. {extra}" for n in range(40)]
        for letter in "tba"
    )
    author[own:] = [""] * (40 - own)
    return blind_pairs(prompts, tuned, {"author": author, "base": base}, count, 7)


# ---- Pairs


def test_both_texts_end_at_sentences_with_nearly_as_many_words():
    one, two = like_length(text(10, 10, 10, 30), text(22, 40))
    assert (one, two) == (text(10, 10, 10, 30), text(22, 40))
    assert like_length(text(10, 10, 10) + " cut off", text(90)) == []
    assert like_length(text(10, 10), text(18, 200)) == [text(10, 10), text(18)]
    assert like_length("", text(30)) == like_length("no end " * 20, text(30)) == []
    assert like_length(text(20), f" {text(20)}\n") == []  # the same
    assert like_length(text(5), text(5, letter="b")) == []  # too short to say anything
    long = like_length(text(*[20] * 20), text(*[30] * 20, letter="b"))
    sizes = [len(one.split()) for one in long]
    assert min(sizes) >= LONGEST_TEXT - 20 and max(sizes) <= LONGEST_TEXT
    assert min(sizes) >= LIKE_LENGTH * max(sizes)


def test_a_title_ends_no_sentence_and_quotes_belong_to_it():
    start = f"{words(20)} said Mr. Bennet to J. Smith"
    assert like_length(f"{start} “now!” He", f"{words(23, 'b')}.")[0] == f"{start} “now!”"


def test_pairs_are_drawn_fairly_and_the_same_again():
    pairs = made_pairs()
    assert pairs == made_pairs() and [pair["id"] for pair in pairs] == [
        str(n) for n in range(1, 21)
    ]
    assert Counter(pair["other"] for pair in pairs) == {"author": 10, "base": 10}
    assert len({pair["question"] for pair in pairs}) == 20  # none twice
    assert 4 <= sum(pair["tuned"] for pair in pairs) <= 16
    assert [pair["other"] for pair in pairs] != sorted(pair["other"] for pair in pairs)
    for pair in pairs:
        assert pair["texts"][pair["tuned"]][0] == "t"
        assert pair["texts"][1 - pair["tuned"]][0] == pair["other"][0]
    few = Counter(pair["other"] for pair in made_pairs(own=3))
    assert few == {"author": 3, "base": 17}
    assert blind_pairs([{"question": "?"}], [""], {"author": [""], "base": [text(20)]}, 20, 7) == []
    assert key_of_test("A", pairs) == key_of_test("A", made_pairs())
    assert key_of_test("A", pairs) != key_of_test("A", made_pairs(19))


# ---- The page


def written(folder, author="Ada Example", pairs=None):
    pairs = made_pairs() if pairs is None else pairs
    path = folder / "blind_test.html"
    path.write_text(blind_page(author, key_of_test(author, pairs), pairs, FOLDER), "utf-8")
    return path, pairs


def test_the_page_does_not_know_whose_a_text_is(tmp_path):
    path, _ = written(tmp_path)
    page = path.read_text()
    data = json.loads(re.search(r'id="test">(.*?)</script>', page, re.S)[1])
    assert {name for pair in data["pairs"] for name in pair} == {"id", "question", "texts"}
    assert "unsafe" not in page and "http" not in page.replace("http-equiv", "")


def test_data_ends_no_script():
    attacks = ["</script><script>window.ran=1</script>", "<!--<script>", "]]>&\u2028\u2029😀"]
    held = script_data({"a": attacks})
    assert not set(held) & set("<>&\u2028\u2029") and json.loads(held) == {"a": attacks}


def test_the_page_is_sound(tmp_path, browser):
    assert browser.faults(written(tmp_path)[0]) == []


def begin(page, name="Zoë"):
    page.keyboard.press("Tab")
    page.keyboard.type(name)
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")


@pytest.mark.parametrize("width, scheme", [(1440, "light"), (390, "dark")])
def test_a_pair_and_the_end_are_sound_too(tmp_path, browser, width, scheme):
    path, _ = written(tmp_path, pairs=made_pairs(1))
    page, faults = browser.open(path, width, scheme)
    axe = chromium.axe_script()
    page.evaluate(axe)
    page.fill("#name", "Ada")
    page.check("input[value=well]")
    page.click("text=Begin")
    assert page.evaluate(chromium.AXE) == [] and page.evaluate(chromium.WIDER) == 0
    page.click("#vote label >> nth=1")
    page.click("#vote label >> nth=5")
    page.click("text=Next")
    assert page.is_visible("text=That was the last pair")
    assert page.evaluate(chromium.AXE) == [] and page.evaluate(chromium.WIDER) == 0
    assert faults == []


def test_what_a_text_says_stays_text(tmp_path, browser):
    evil = " ".join(ATTACKS) + " </script><script>window.ran = 1</script>"
    skeletons = []
    for name, words_in in (("good", "harmless"), ("evil", evil)):
        folder = tmp_path / name
        folder.mkdir()
        path, pairs = written(folder, words_in, made_pairs(extra=words_in))
        page, faults = browser.open(path)
        begin(page, words_in)
        page.wait_for_timeout(100)
        assert page.inner_text("#question").split() == pairs[0]["question"].split()
        assert faults == [] and not page.evaluate("window.ran")
        skeletons.append(page.evaluate(chromium.SKELETON))
    assert skeletons[0] == skeletons[1]


# ---- A whole test


VOTES = ["ab", "ba", "an", "nb", "aa"]  # to each pair in turn: sounds, better


def vote(page, count, first=0):
    for number in range(first, first + count):
        assert page.inner_text("#place") == f"Pair {number + 1} of 20"
        for key in VOTES[number % 5]:
            page.keyboard.press(key)
        page.keyboard.press("Enter")


def test_twenty_pairs_by_keyboard_paused_resumed_saved_and_read(tmp_path, browser):
    path, pairs = written(tmp_path)
    page, faults = browser.open(path)
    assert page.is_visible("text=You see 20 questions")
    begin(page)
    vote(page, 7)
    page.keyboard.press("a")  # half a vote
    page.keyboard.press("Enter")  # does not go on without the other half
    assert page.inner_text("#place") == "Pair 8 of 20"
    page.reload()
    assert page.is_visible("text=Zoë, you have voted on 7 of 20 pairs.")
    page.keyboard.press("Enter")  # Go on has the focus
    assert page.inner_text("#place") == "Pair 8 of 20"
    assert page.is_checked("input[name=sounds][value=a]")
    page.keyboard.press("n")  # the other half
    page.keyboard.press("a")  # all is voted and nothing has the focus: changes nothing
    page.keyboard.press("Enter")
    vote(page, 5, 8)
    page.click("#pause")
    assert page.is_visible("text=voted on 13 of 20")
    page.keyboard.press("Enter")
    page.click("#back")
    assert page.inner_text("#place") == "Pair 13 of 20"
    assert page.is_enabled("#next") and page.is_checked("input[name=better][value=neither]")
    page.click("#next")
    vote(page, 7, 13)
    assert page.is_visible("text=That was the last pair")
    with page.expect_download() as saved:
        page.click("#save")
    votes = tmp_path / "votes"
    name = saved.value.suggested_filename
    saved.value.save_as(votes / name)
    key = key_of_test("Ada Example", pairs)
    assert name == f"votes-{key}-Zoe.json" and name in page.inner_text("#saved") and faults == []

    readers, left_out = read_votes(votes, key, pairs)
    assert left_out == [] and [one["reader"] for one in readers] == ["Zoë"]
    names = {"a": "a", "b": "b", "n": "neither"}
    for number, pair in enumerate(pairs):
        sounds, better = (names[key] for key in VOTES[number % 5])
        assert readers[0]["votes"][pair["id"]] == {"sounds": sounds, "better": better}
    rows = {(row["asked"], row["other"]): row for row in vote_rows(readers, pairs)}
    for (asked, other), row in rows.items():
        place = ("sounds", "better").index(asked)
        chosen = [
            "ab".find(VOTES[n % 5][place]) for n, p in enumerate(pairs) if p["other"] == other
        ]
        sides = [pair["tuned"] for pair in pairs if pair["other"] == other]
        wins = sum(one == side for one, side in zip(chosen, sides, strict=True))
        counts = (row["tuned"], row["against"], row["neither"])
        assert counts == (wins, 10 - wins - chosen.count(-1), chosen.count(-1))

    page.click("#end .anew")  # another reader in the same browser
    assert page.is_visible("#reader") and page.input_value("#name") == ""
    assert not page.is_checked("input[value=well]")


def test_a_browser_that_keeps_nothing_says_so(tmp_path, browser):
    path, _ = written(tmp_path)
    page, faults = browser.open(path)
    page.add_init_script(
        "Object.defineProperty(window, 'localStorage', {get() { throw new Error('no') }})"
    )
    page.reload()
    assert page.is_visible("#unkept")
    begin(page)
    vote(page, 2)
    assert page.inner_text("#place") == "Pair 3 of 20" and faults == []


@pytest.mark.parametrize("kept", ["{", "[]", "null", '{"reader": "x"}', '{"at": 99, "reader": 1}'])
def test_what_the_browser_kept_is_not_believed(tmp_path, browser, kept):
    path, pairs = written(tmp_path)
    page, faults = browser.open(path)
    place = f"blind-test-{key_of_test('Ada Example', pairs)}"
    page.evaluate("([place, kept]) => localStorage.setItem(place, kept)", [place, kept])
    page.reload()
    assert page.is_visible("#reader") and faults == []
    page.evaluate("place => localStorage.removeItem(place)", place)
