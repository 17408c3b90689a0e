"""Member and training-organisation numbers: how two spellings of one number are known to be the same.

AKTO writes them `123456 001`; people paste them with spaces, dashes, dots or in lower case.
"""

import unicodedata


def number_key(text: str) -> str:
    """The form that is compared and stored beside the number: letters and digits alone, in upper case."""
    folded = unicodedata.normalize("NFKC", text).upper()
    return "".join(character for character in folded if character.isalnum())
