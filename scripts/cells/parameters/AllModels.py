AUTHOR = "William Shakespeare"            # as a reader would write it
AUTHOR_KEY = "WilliamShakespeare"         # the folder in Books/, NoteBooks/ and comparison_cache/
