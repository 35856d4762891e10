"""International phone numbers as libphonenumber's parser reads them, without its 14 µs, where it would take the digits
as they stand. `tests/redaction/test_phones.py` holds this equal to the parser.
"""

import re
from functools import lru_cache

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata, PhoneNumber

_INTERNATIONAL = re.compile(r"\+[1-9]\d*(?:[ .\-]\d+)*")
_NO_DIGITS = re.compile(r"\D")
_SHORTEST, _LONGEST = 7, 15  # digits; the parser asks for two and seventeen behind the country code


def read_international(value: str) -> PhoneNumber | None:
    """The number, valid or not; None when the parser must read it: it has another form, begins behind its country code
    with a zero or with what may be a prefix for calls inside the country, or belongs to no country."""
    if _INTERNATIONAL.fullmatch(value) is None:
        return None
    digits = _NO_DIGITS.sub("", value)
    if not _SHORTEST <= len(digits) <= _LONGEST:
        return None
    size, prefix = _find_country(digits[:3])
    if not size or digits[size] == "0" or (prefix is not None and prefix.match(digits, size)):
        return None
    return PhoneNumber(country_code=int(digits[:size]), national_number=int(digits[size:]))


@lru_cache(1000)
def _find_country(beginning: str) -> tuple[int, re.Pattern[str] | None]:
    """How many of the first three digits are the code of a country, 0 when they begin with none, and what is dialled
    inside of it before a number."""
    for size in (1, 2, 3):
        regions = COUNTRY_CODE_TO_REGION_CODE.get(int(beginning[:size]))
        if regions is not None:
            plan = PhoneMetadata.metadata_for_region(regions[0], None)
            if plan is None:  # a code of no country: satellites, freephone
                return 0, None
            prefix = plan.national_prefix_for_parsing
            return size, re.compile(prefix) if prefix else None
    return 0, None
