"""Spreadsheets in: an untrusted file becomes rows, rows become payloads, payloads become outcomes a person can confirm.

``child`` (with ``archive`` and ``plain``) runs in a process of its own and knows neither Django nor the database; ``reading``
starts it; ``mapping`` finds out which column is which field; ``rows`` checks; ``checking`` is the job that does it all.
"""
