"""The API's fixtures, for holding boards and API to the same numbers."""

from tests.api.hundred import hundred as hundred
from tests.api.hundred import hundred_client as hundred_client
