"""Path converters: an address that cannot name a record never reaches a view, and never the database."""

from django.urls import register_converter


class PlatformCode:
    """A public platform code in its written form, e.g. ``ZS-32-00412-7``."""

    regex = r"[A-Za-z]{2}-[0-9]{2}-[0-9]{5}-[0-9A-Za-z]"

    def to_python(self, value: str) -> str:
        return value.upper()

    def to_url(self, value: str) -> str:
        return value


class RegionCode:
    regex = r"[0-9]{6}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class Word(RegionCode):
    """Codes of batches, notices and lists, names of policies, numbers of submissions and receipts; no column holds longer ones."""

    regex = r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}"


class FileName(RegionCode):
    """A file of an edition; never a way out of its folder."""

    regex = r"[a-z][a-z0-9_]{0,39}\.[a-z]{2,6}"


class CreditCode(RegionCode):
    """统一社会信用代码, 18 characters."""

    regex = r"[0-9A-Za-z]{18}"


class SmallNumber:
    """A positive database number that fits a bigint."""

    regex = r"[1-9][0-9]{0,17}"

    def to_python(self, value: str) -> int:
        return int(value)

    def to_url(self, value: int) -> str:
        return str(value)


for name, converter in (
    ("platform", PlatformCode),
    ("region", RegionCode),
    ("word", Word),
    ("file", FileName),
    ("uscc", CreditCode),
    ("number", SmallNumber),
):
    register_converter(converter, name)
