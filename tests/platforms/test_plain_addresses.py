"""The quick way past Django's validators lets nothing through that they would refuse."""

from hypothesis import given, settings
from hypothesis import strategies as st

from platforms import validators

LABELS = st.lists(st.from_regex(r"[A-Za-z0-9-]{1,8}", fullmatch=True), min_size=1, max_size=4).map(".".join)
WORDS = st.from_regex(r"[A-Za-z0-9_+.-]{1,12}", fullmatch=True)
PATHS = st.from_regex(r"(?:/[A-Za-z0-9._~/-]{0,12})?", fullmatch=True)


@settings(max_examples=500, deadline=None)
@given(WORDS, LABELS)
def test_a_plain_email_address_is_one(local, domain):
    address = f"{local}@{domain}"
    if validators._PLAIN_EMAIL.fullmatch(address):
        validators._check_email(address)


@settings(max_examples=500, deadline=None)
@given(LABELS, PATHS)
def test_a_plain_web_address_is_one(domain, path):
    address = f"https://{domain}{path}"
    if validators._PLAIN_URL.fullmatch(address):
        validators._check_url(address)
