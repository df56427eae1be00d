"""Reports as people read them: one document, rendered as a terminal table, CSV, Excel or a web page."""
