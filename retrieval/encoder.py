"""Texts to vectors, in onnxruntime, without torch."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from retrieval.export import DEFAULT_MODEL, EncoderUnavailableError, Precision, ensure_export, read_manifest

if TYPE_CHECKING:
    from tokenizers import Encoding

Vectors = NDArray[np.float32]

_ROWS = 32
_TOKENS = 2048
_SORTED_TOGETHER = 1024
_QUERIES_KEPT = 512


class Encoder(Protocol):
    """What turns texts into vectors of one length.

    `fingerprint` names the model, its settings and its precision: vectors of different fingerprints must not be compared.
    """

    @property
    def dim(self) -> int:
        """Length of a vector."""

    @property
    def fingerprint(self) -> str:
        """Name of the vector space."""

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return L2-normalised vectors of documents, shape (len(texts), dim)."""

    def encode_query(self, text: str) -> NDArray[np.float32]:
        """Return the L2-normalised vector of a question, shape (dim,); read-only, kept for the next time."""

    def encode_queries(self, texts: Sequence[str]) -> list[NDArray[np.float32]]:
        """Return the L2-normalised vectors of questions, each of shape (dim,); read-only, kept for the next time."""


class OnnxEncoder:
    """An exported sentence-transformers model in onnxruntime. Safe to share between threads.

    `threads` is the number of cores that one call may use; 0 leaves it to onnxruntime.
    """

    def __init__(self, folder: Path, *, threads: int = 0) -> None:
        """Load the export in `folder`. Raises EncoderUnavailableError where it is incomplete."""
        import onnxruntime
        from tokenizers import Tokenizer

        manifest = read_manifest(folder)
        if manifest is None:
            raise EncoderUnavailableError(
                "The exported embedding model is incomplete.", "Remove its folder under models/ and start again."
            )
        self._manifest = manifest
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(manifest.max_tokens)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        options.enable_cpu_mem_arena = False
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = onnxruntime.InferenceSession(
            str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"]
        )
        self._queries: OrderedDict[str, Vectors] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def dim(self) -> int:
        """Length of a vector."""
        return self._manifest.dim

    @property
    def fingerprint(self) -> str:
        """Name of the vector space: weights, the model's settings, precision and way of exporting."""
        return self._manifest.fingerprint

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return L2-normalised vectors of documents, shape (len(texts), dim), float32, in the order given."""
        return self._encode(texts, self._manifest.document_prompt)

    def encode_query(self, text: str) -> Vectors:
        """Return the L2-normalised vector of a question, shape (dim,); read-only, kept for the next time."""
        return self.encode_queries([text])[0]

    def encode_queries(self, texts: Sequence[str]) -> list[Vectors]:
        """Return the L2-normalised vectors of questions, each of shape (dim,); read-only, kept for the next time."""
        with self._lock:
            kept = {text: self._queries[text] for text in texts if text in self._queries}
            for text in kept:
                self._queries.move_to_end(text)
        new = [text for text in dict.fromkeys(texts) if text not in kept]
        if new:
            vectors = self._encode(new, self._manifest.query_prompt)
            vectors.flags.writeable = False
            kept.update(zip(new, vectors, strict=True))
            with self._lock:
                self._queries.update((text, kept[text]) for text in new)
                while len(self._queries) > _QUERIES_KEPT:
                    self._queries.popitem(last=False)
        return [kept[text] for text in texts]

    def _encode(self, texts: Sequence[str], prompt: str) -> Vectors:
        vectors = np.empty((len(texts), self.dim), np.float32)
        for start in range(0, len(texts), _SORTED_TOGETHER):
            prepared = [self._prepared(text, prompt) for text in texts[start : start + _SORTED_TOGETHER]]
            encodings = self._tokenizer.encode_batch(prepared)
            for rows in _batches(encodings):
                vectors[[start + row for row in rows]] = self._run([encodings[row] for row in rows])
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        np.divide(vectors, lengths, out=vectors, where=lengths > 0)
        return vectors

    def _prepared(self, text: str, prompt: str) -> str:
        stripped = (prompt + text).strip()
        return stripped.lower() if self._manifest.lowercase else stripped

    def _run(self, encodings: Sequence[Encoding]) -> Any:
        shape = (len(encodings), max(len(encoding.ids) for encoding in encodings))
        ids = np.full(shape, self._manifest.pad_id, np.int64)
        mask = np.zeros(shape, np.int64)
        types = np.zeros(shape, np.int64)
        for row, encoding in enumerate(encodings):
            length = len(encoding.ids)
            ids[row, :length] = encoding.ids
            mask[row, :length] = 1
            types[row, :length] = encoding.type_ids
        feeds = {"input_ids": ids, "attention_mask": mask, "token_type_ids": types}
        return self._session.run(None, {name: feeds[name] for name in self._manifest.inputs})[0]


def load_encoder(
    home: Path, *, model: str = DEFAULT_MODEL, precision: Precision = "fp32", threads: int = 0
) -> OnnxEncoder:
    """Return the encoder for `model`, exporting it under `<home>/models/` the first time (about 15 s, needs torch).

    Raises EncoderUnavailableError.
    """
    return OnnxEncoder(ensure_export(home / "models", model, precision), threads=threads)


def _batches(encodings: Sequence[Encoding]) -> Iterator[list[int]]:
    """Yield row numbers of texts of about the same length, longest first, so that little of a batch is padding."""
    order = iter(sorted(range(len(encodings)), key=lambda row: -len(encodings[row].ids)))
    for longest in order:
        rows = min(_ROWS, max(1, _TOKENS // max(1, len(encodings[longest].ids))))
        yield [longest, *islice(order, rows - 1)]
