def text_table(frame, digits=1):
    """Return a data frame as a table to display: every column from the left, no row numbers, `digits` decimals."""
    left = [{"selector": "th, td", "props": "text-align: left !important; vertical-align: top"}]
    return frame.style.hide().format(precision=digits).set_table_styles(left)
