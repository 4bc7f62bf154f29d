"""Results of a phase made up for the tests of files and phases."""


def answers(system, n=3):
    return [
        {
            "prompt_id": f"prompt-{i:03d}",
            "question": "Why?",
            "system": system,
            "answer": "So.",
            "thinking": "",
            "raw": "So.<end>",
            "finish_reason": "stop",
            "tokens": 2,
            "bytes": 3,
            "seconds": 0.1,
        }
        for i in range(n)
    ]


def likelihoods(name, n=2):
    return [
        {
            "id": f"{name}-{i}",
            "set": name,
            "log_likelihood": -5.0 - i,
            "tokens": 4,
            "bytes": 9,
            "words": 2,
        }
        for i in range(n)
    ]


def recitals(name, n=2):
    return [
        {
            "id": f"{name}-{i}",
            "memory": name,
            "prefix": "To be, or",
            "suffix": " not to be",
            "log_probability": -5.0 * i if i else None,
        }
        for i in range(n)
    ]


def results(phase="base"):
    return {
        "key": "k",
        "phase": phase,
        "complete": True,
        "parts": {"plain": {"seed": 1}, "held_out": {"texts": "t"}, "memory_a": {"texts": "t"}},
        "answers": answers("plain"),
        "likelihoods": likelihoods("held_out"),
        "recitals": recitals("memory_a"),
        "timings": {"plain": 1.0, "held_out": 1.0},
        "settings": {"model": "m"},
    }
