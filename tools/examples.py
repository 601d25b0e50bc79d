"""Learn the examples of every language, for devices to read at their start: `python -m tools.examples MODELS`.

To be run when `device/context/examples/` has changed; a test says so. Takes about a minute.
"""

import sys
from pathlib import Path

from device.context.by_example import embedding
from device.context.examples import BOOKS, learn, learnt_examples, read_book
from edge_models.models import ModelStore
from edge_models.sentence_embedding import MODEL, SentenceEncoder


def main() -> None:
    """Write one file a language beside its examples. MODELS: where `nightjar models pull` puts them."""
    models = ModelStore(Path(sys.argv[1]))
    for language in sorted(path.name for path in BOOKS.iterdir() if path.is_dir()):
        book = read_book(language)
        assert book is not None
        learn(book, embedding(book, lambda: SentenceEncoder(models.path(MODEL))), to=learnt_examples(language))


if __name__ == "__main__":
    main()
