"""Differences made up for the tests of figures, verdict and models."""


def row(
    name="a",
    better="higher",
    gain=0.5,
    low=0.1,
    high=0.5,
    difference=0.3,
    author=1.0,
    said="better",
    n=40,
):
    return {
        "name": name,
        "label": f"Measure {name}",
        "unit": "words",
        "better": better,
        "definition": "counted",
        "twin": "",
        "n": n,
        "base": 1.0,
        "tuned": 1.0 + difference,
        "author": author,
        "difference": difference,
        "low": low,
        "high": high,
        "gain": gain,
        "verdict": said,
        "p": 0.01,
        "p_holm": 0.02,
        "effect": 0.5,
        "test": "Wilcoxon",
    }


ROWS = [
    row("a"),
    row("b", said="worse", low=-0.5, high=-0.1, difference=-0.3),
    row("c", "nearer", -2, -0.1, 0.1, 0.0, said="no difference shown"),
]
NOTHING = [
    row(name, low=0.0, high=0.0, difference=0.0, gain=1, said="no difference shown")
    for name in "abc"
]
