"""The platform record as one table of fields.

Forms, API payloads, import rows, comparison and the publication policy are all derived from ``FIELDS``; a field added here
appears everywhere, and what is not listed as public cannot be published. A *payload* is the record as JSON with natural
keys: ``{"platform": {…}, "operator": {…}, "lines": […], "services": […], "equipment": […], "qualifications": […],
"figures": […]}``.
"""

from platforms.record.check import Checked, check, differences, empty_payload
from platforms.record.fields import (
    FIELDS,
    LIST_LABELS,
    LISTS,
    SECTIONS,
    SINGLES,
    Field,
    Publication,
    field,
    fields_of,
)
from platforms.record.lookups import Lookups
from platforms.record.meeting import MINE, THEIRS, Place, chosen, meeting
from platforms.record.opposite import opposite
from platforms.record.store import apply, payload_of, payloads_of, values_of

__all__ = [
    "FIELDS",
    "LISTS",
    "LIST_LABELS",
    "MINE",
    "SECTIONS",
    "SINGLES",
    "THEIRS",
    "Checked",
    "Field",
    "Lookups",
    "Place",
    "Publication",
    "apply",
    "check",
    "chosen",
    "differences",
    "empty_payload",
    "field",
    "fields_of",
    "meeting",
    "opposite",
    "payload_of",
    "payloads_of",
    "values_of",
]
