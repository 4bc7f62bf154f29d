import re

# What the parts of a book are called, whoever wrote it: those that are not the author's running text
_PART_NAMES = [(kind, re.compile(names, re.I)) for kind, names in (
    ("copyright", r"copyright.*|all rights reserved.*|.*\bcredits|permissions.*|colophon"),
    ("praise", r"(advance )?praise (for|from)\b.*|((other )?(books|works)|also) by\b.*|by the same author.*"),
    ("dedication", r"dedication|epigraph"),
    ("contents", r"(table of )?contents|(list of )?(figures|illustrations|tables|plates|maps|abbreviations)"),
    ("foreword", r"foreword.*|.*\b(publisher|editor|translator)s?.{0,3} (note|preface|introduction).*"
                 r"|(introduction|preface|afterword) by\b.*|(a )?note on the (text|type|translation).*"
                 r"|about (this|the) (book|edition|e-?book|type|text|publisher|translator)"),
    ("acknowledgments", r"acknowledge?ments?"),
    ("notes", r"(end|foot)?notes( and (references|sources).*)?|notes (to|on)\b.*"),
    ("bibliography", r"((select|further|suggest)\w* )?(bibliography|references|works cited|reading|sources)"),
    ("index", r"(general |subject |name )?index( of .*)?"),
    ("about the author", r"about the authors?.*|(author )?biograph(y|ical note)"),
    ("appendix", r"appendix\b.*|appendices|glossary.*|chronology|reading group guide|questions for .*"))]
_PART_COUNT = (r"(\d+|[ivxlc]+|the (first|second|third|fourth|fifth|last)|one|two|three|four|five|six|seven"
               r"|eight|nine|ten|eleven|twelve)")
_CHAPTER_NAME = re.compile(rf"(chapter|part|book|act|scene|canto|rule|letter|section|day)\s+{_PART_COUNT}\b"
                           rf"|{_PART_COUNT}$|(\d+|(?-i:[IVXLC]+))([.:\s]|$)"
                           r"|(prologue|epilogue|preface|introduction|conclusion|overture|coda|afterword)\b",
                           re.I)
_LEGAL_PHRASE = re.compile(r"©|\bISBN\b|all rights reserved|\bcopyright\b|library of congress"
                           r"|(printed|published) (in|by)", re.I)

def section_kind(title):
    """Return what a heading's words say: a kind that is left out, "chapter", or "" for nothing."""
    plain = title.strip(" .:*—–-")
    named = next((kind for kind, names in _PART_NAMES if names.fullmatch(plain)), "")
    return named or ("chapter" if _CHAPTER_NAME.match(plain) else "")

def is_legal_page(lines):
    """Tell whether a page is a copyright page: short, with two or more of its set phrases."""
    text = " ".join(line["text"] for line in lines)
    return len(text) < 2500 and len(_LEGAL_PHRASE.findall(text)) > 1
