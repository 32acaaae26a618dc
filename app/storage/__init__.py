"""Where documents' bytes lie: sealed, in a folder or in an S3-compatible store (DOCUMENTS_URL).

One small interface, called in the scope of a company; keys and paths of another company open nothing::

    stored = storage.put(document_id, stream, at_most=10_000_000)      # Stored(key, size, sha256)
    key = storage.begin(upload_id)                                     # … or piece by piece:
    storage.append(key, piece)                                         # bytes so far
    stored = storage.finish(key)
    with storage.open_file(document.storage_key) as file: file.read(65536); file.seek(0)
    for piece in storage.pieces_of(document.storage_key): …            # bytes, for a streamed answer
    storage.size(key)
    storage.delete(key)                                                # with the commit; its key is gone for ever
    storage.discard(key)                                               # at once: nothing was committed of it
    storage.keys_of_company()

Nothing here commits. Everything that takes a key raises `Missing` when this company has no such file;
reading raises `app.crypto.SealBrokenError` when the bytes are not what was stored.
"""

from app.storage.files import (
    Missing,
    Stored,
    TooLarge,
    append,
    begin,
    delete,
    discard,
    finish,
    keys_of_company,
    open_file,
    pieces_of,
    put,
    size,
)

__all__ = [
    "Missing",
    "Stored",
    "TooLarge",
    "append",
    "begin",
    "delete",
    "discard",
    "finish",
    "keys_of_company",
    "open_file",
    "pieces_of",
    "put",
    "size",
]
