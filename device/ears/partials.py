"""Placeholder until the real one lands."""


class Agreement:
    def __init__(self) -> None:
        self.text = ""

    def add(self, text: str) -> tuple[str, int]:
        self.text = text
        return text, 0
