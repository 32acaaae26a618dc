"""What comes of looking at a file."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Fit:
    """It may be taken: its cleaned name, its ending (lower case, without the dot) and type, by its bytes."""

    name: str
    extension: str
    mime_type: str


class Refused(Exception):  # noqa: N818
    """It may not. `sentence` says what was found, why it is not taken and what to do, in words for whoever sent it;
    `code` is for programs."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code, self.sentence = code, sentence
