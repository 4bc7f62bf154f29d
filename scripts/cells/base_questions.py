import random

EVERYDAY = {  # frames of questions -> what is put in
    ("How do I {}?", "What do people get wrong when they {}?", "Give me three tips to {}."): (
        "boil rice", "learn a language", "sleep better", "write a letter of thanks", "grow tomatoes", "save money",
        "pack for a week away", "read more books", "clean a window", "mend a bicycle tyre", "bake bread",
        "prepare for an interview", "make new friends", "remember names", "keep a diary", "paint a room",
        "choose a gift", "cook for guests", "learn to swim", "take better photographs", "train a dog",
        "find my way without a map", "start running", "speak in public", "use less electricity"),
    ("What is {}?", "Explain {} in simple words.", "Why does {} matter?", "Tell me a surprising fact about {}."): (
        "gravity", "inflation", "a prime number", "photosynthesis", "an election", "the water cycle", "a vaccine",
        "electricity", "an algorithm", "the heart", "compound interest", "recycling", "a comet", "the alphabet",
        "an earthquake", "a computer virus", "the moon", "a good breakfast", "an insurance", "a vitamin",
        "the internet", "a database", "an orchestra", "the stock market", "soil")}

def everyday_questions(count, seed):
    """Return up to `count` different everyday questions, in an order fixed by `seed`; there are 175."""
    made = [frame.format(thing) for frames, things in EVERYDAY.items() for frame in frames for thing in things]
    random.Random(seed).shuffle(made)
    return made[:count]

if __name__ == "__main__":
    wanted = round(BASE_ANSWERS / (1 - BASE_ANSWERS) * sum(p["split"] == "train" for p in passages))
    questions = everyday_questions(wanted, SEED)
    print(f"{len(questions)} of {wanted} questions, such as:", *questions[:5], sep="\n")
