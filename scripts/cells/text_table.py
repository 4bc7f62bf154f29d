def text_table(frame):
    """Return a data frame as a table to display: every column from the left, no row numbers, one decimal."""
    left = [{"selector": "th, td", "props": "text-align: left !important; vertical-align: top"}]
    return frame.style.hide().format(precision=1).set_table_styles(left)
