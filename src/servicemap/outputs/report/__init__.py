"""The report and the one-page brief: sentences from the figures, Word and HTML."""

KINDS = ("docx", "html")
