import numpy as np

def burrows_delta(counts, sizes, profile):
    """Return the mean |z - z of the author| over the profile's words, the last axis of `counts` (Burrows
    2002; the means cancel out). No words at all are as far off as a text that uses none of the profile's."""
    return (np.abs(counts / np.maximum(sizes, 1) - profile["rates"]) / profile["spread"]).mean(-1)

def delta_shares(counts, sizes, profile):
    """Return a pseudo-value for each text: n * Delta(all together) - (n - 1) * Delta(all but this one)."""
    n, without = len(counts), burrows_delta(counts.sum(0) - counts, sizes.sum(0) - sizes, profile)
    return (n * burrows_delta(counts.sum(0), sizes.sum(0), profile) - (n - 1) * without).tolist()

if __name__ == "__main__":
    measures["burrows_delta"] = score_measure(
        lambda texts: delta_shares(*count_words(list(map(text_words, texts)), habits["words"]), habits),
        cut, "lower", "Burrows' Delta", "SD",
        f"distance from the author's rates of the {len(habits['words'])} most frequent words; Burrows 2002")
    print_means(measures["burrows_delta"])
