import hashlib, re

REQUESTS = {  # of the try "ask", by kind
    "question": "Write the question that somebody asked and that the text above answers. Use your own words "
                "and name what it is about. Write only the question, at most 25 words.",
    "brief": "Write the task that somebody set and that the text above carries out: what to tell or explain. "
             "Use your own words and begin with a verb. Write only the task, at most 35 words.",
    "topic": "Write the topic of an essay for which the text above would be handed in, in your own words. "
             "Write only the topic, at most 20 words, and begin with \"Write about\"."}
EASIER = "What is this text about? Answer in a few words."  # of the try "about", which a small model can do
FRAMES = {"question": "What can you tell me about {}?", "brief": "Tell me in your own words about {}.",
          "topic": "Write about {}."}
GENERIC = {"question": "What can you tell me?", "brief": "Tell me something in your own words.",
           "topic": "Write about something."}  # a passage must be likelier after its instruction than after these
LABEL = re.compile(r"(the )?(essay )?(question|task|topic|answer)( is)?\s*:\s*", re.I)
ABOUT = re.compile(r"((this|the) \w+( above)?|it) (is|seems to be|appears to be|talks) (\w+ )?about ", re.I)
NESTED = re.compile(r"(an?|the) (\w+ )?((story|tale|scene|play|poem|text) (about|of|where|in which)|"
                    r"(character|man|woman|person),? (named|called)) ", re.I)
ASIDE = re.compile(r"[.!?](?=\s|$)|[,;:] (and |but )?(who|which|where|while|it|he|she|they|the text|the story)\b")
WRAPPING = " \t*_#\"“”"

def kind_of(passage_id):
    """Return "question", "brief" or "topic": which one is fixed by the passage's id."""
    return list(REQUESTS)[int(hashlib.sha256(passage_id.encode()).hexdigest(), 16) % len(REQUESTS)]

def request_for(text, kind, attempt):
    """Return what to ask the model about a passage, `attempt` being "ask" or "about"."""
    return f"{text}\n\n---\n{EASIER if attempt == 'about' else REQUESTS[kind]}"

def read_instruction(raw, kind, attempt):
    """Return the instruction in a model's answer `raw`: its first line, tidied, or "" if it holds none."""
    line = next((line.strip(WRAPPING) for line in raw.splitlines() if line.strip(WRAPPING)), "")
    line = LABEL.sub("", line, count=1).strip(WRAPPING)
    if attempt == "ask":
        said = line[:line.find("?") + 1] if kind == "question" else line
        return said if kind != "topic" or said[:12].lower() == "write about " else ""
    topic = ABOUT.sub("", line, count=1)
    topic = topic[:ASIDE.search(topic).start()] if ASIDE.search(topic) else topic.rpartition(",")[0]  # cut off
    topic = re.sub(r"\b(?![IVXLC]+\b)[A-Z]{3,}\b", lambda name: name[0].title(), NESTED.sub("", topic, count=1))
    return FRAMES[kind].format(topic.strip()) if ABOUT.match(line) and topic else ""
