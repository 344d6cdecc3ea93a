"""Train the statement ranker, and write its int8 graph to `ragguide/embed/statement-ranker.onnx`.

    train_ranker.py DATA --checkpoint ranker.pt [--start earlier.pt] [--questions 9600] [--seed 3]
    train_ranker.py DATA --checkpoint ranker.pt --export

DATA is a folder with public data, under these names:

    nqg/src-dev.txt tgt-dev.txt src-test.txt tgt-test.txt
        questions with the sentence that answers (Du et al. 2017, from SQuAD 1.1; CC BY-SA 4.0);
        https://github.com/xinyadu/nqg, data/processed
    conditional/train.json dev.json
        questions from described situations, with the sentences of GOV.UK that answer (Sun et al.
        2022, BSD 2-clause); https://github.com/haitian-sun/ConditionalQA, v1_0
    policy/dev.json test.json
        questions about privacy policies (Ahmad et al. 2020, MIT);
        https://github.com/wasiahmad/PolicyQA, data
    clapnq/clapnq_dev_answerable.jsonl
        questions of users with the sentences that answer (Rosenthal et al. 2025, Apache-2.0);
        https://github.com/primeqa/clapnq, annotated_data/dev
    multispan/valid.json
        questions with several answers (Li et al. 2022, CC BY-SA 4.0);
        https://github.com/haonan-li/MultiSpanQA, data/MultiSpanQA_data

The model starts from the weights of the embedder. It learns to prefer the statement that answers to
three others: near ones that share words with the question, and one at random. The word vectors
stay. Two cores take an hour for 10,000 questions. Needs torch, transformers and `pip install onnx`.
At the end the script prints how often the right one of 16 statements came first, for questions
that were held out.
"""

import argparse
import hashlib
import json
import math
import random
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from html import unescape
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic
from transformers import BertModel

from ragguide.embed.ranker import INPUTS, Pairs
from ragguide.models.catalogue import RANKER
from ragguide.models.find import find_embedder

TARGET = Path(__file__).resolve().parent.parent / "ragguide" / "embed" / RANKER.file_name
BATCH, CHOICES = 16, 4  # questions of a step, statements of each
RATE = 8e-5
NEAR = 20  # sentences on each side among which others are chosen
SMALL_SHARE = 0.45  # of the questions that come from the small sets
MOST_POLICY = 1000  # questions; they come from few patterns
HELD_OUT = {"nqg": 300, "conditional": 150, "clapnq": 50, "multispan": 50}
_SENTENCE_END = re.compile(r'(?<=[.!?])\s+(?=[A-Z"(])')


class Case(NamedTuple):
    source: str
    question: str
    answers: Sequence[str]
    others: Sequence[str]  # from the same text


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--start", type=Path, help="go on from this checkpoint")
    parser.add_argument("--questions", type=int, default=9600)
    parser.add_argument("--rate", type=float, default=RATE)
    parser.add_argument("--seed", type=int, default=3)
    parser.add_argument("--export", action="store_true", help="write the graph, and do not train")
    args = parser.parse_args()
    model = Ranker()
    if args.export:
        model.load_state_dict(torch.load(args.checkpoint))
        data = export(model.eval())
        TARGET.write_bytes(data)
        print(f"{hashlib.sha256(data).hexdigest()}  {TARGET.name}  {len(data):,} bytes")
        return
    if args.start:
        model.load_state_dict(torch.load(args.start))
    held_out, cases = split(list(read(args.data)))
    torch.manual_seed(args.seed)
    chosen = choose(cases, args.questions, random.Random(args.seed))
    print(len(chosen), "questions:", dict(Counter(case.source for case in chosen)), flush=True)
    train(model, chosen, args.rate, random.Random(args.seed))
    torch.save(model.state_dict(), args.checkpoint)
    print(first_of_16(model, held_out))


# ── data ────────────────────────────────────────────────────────────────────────────────────────


def read(folder: Path) -> Iterator[Case]:
    """Yield all questions, each with what answers and what else its text says."""
    chance = random.Random(7)
    yield from read_sentences(folder / "nqg")
    yield from read_situations(folder / "conditional", chance)
    policies = list(read_policies(folder / "policy", chance))
    yield from chance.sample(policies, MOST_POLICY)
    yield from read_selected(folder / "clapnq" / "clapnq_dev_answerable.jsonl")
    yield from read_spans(folder / "multispan" / "valid.json")


def read_sentences(folder: Path) -> Iterator[Case]:
    """Sentences of articles in their order, each with a question."""
    for part in ("dev", "test"):
        said, asked = (
            [plain(line) for line in (folder / f"{name}-{part}.txt").read_text().splitlines()]
            for name in ("src", "tgt")
        )
        places = {text: place for place, text in enumerate(dict.fromkeys(said))}
        texts = list(places)
        for question, answer in zip(asked, said, strict=True):
            at = places[answer]
            near = [*texts[max(0, at - NEAR) : at], *texts[at + 1 : at + NEAR + 1]]
            yield Case("nqg", question, [answer], near)


def read_situations(folder: Path, chance: random.Random) -> Iterator[Case]:
    for part in ("train", "dev"):
        rows = json.loads((folder / f"{part}.json").read_text())
        evidence = [[without_tags(text) for text in row["evidences"]] for row in rows]
        of_page = defaultdict(set)
        for row, texts in zip(rows, evidence, strict=True):
            of_page[row["url"]].update(texts)
        for row, texts in zip(rows, evidence, strict=True):
            others = sorted(of_page[row["url"]] - set(texts))
            answers = [text for text in texts if len(text.split()) >= 5][:3]
            if row["not_answerable"] or not answers or len(others) < CHOICES - 1:
                continue
            question = row["question"].strip()
            yield Case("conditional", f"{row['scenario'].strip()} {question}", answers, others)
            if chance.random() < 0.4:
                yield Case("conditional", question, answers, others)


def read_policies(folder: Path, chance: random.Random) -> Iterator[Case]:
    for part in ("dev", "test"):
        for policy in json.loads((folder / f"{part}.json").read_text())["data"]:
            paragraphs = [
                (
                    [s for s in _SENTENCE_END.split(each["context"]) if 4 <= len(s.split()) <= 80],
                    each,
                )
                for each in policy["paragraphs"]
            ]
            every = [sentence for sentences, _ in paragraphs for sentence in sentences]
            for sentences, paragraph in paragraphs:
                for asked in paragraph["qas"]:
                    text = asked["answers"][0]["text"]
                    answers = [s for s in sentences if text[:60] in s or s in text]
                    others = [s for s in sentences if s not in answers]
                    if answers and others:
                        far = chance.sample(every, min(10, len(every)))
                        others += [s for s in far if s not in answers]
                        yield Case("policy", asked["question"], answers[:2], others)


def read_selected(path: Path) -> Iterator[Case]:
    for line in path.read_text().splitlines():
        row = json.loads(line)
        chosen = {plain(s) for each in row["output"] for s in each.get("selected_sentences", [])}
        sentences = [plain(sentence) for sentence in row["passages"][0]["sentences"]]
        answers = [sentence for sentence in sentences if sentence in chosen]
        others = [sentence for sentence in sentences if sentence not in chosen]
        if answers and len(others) >= 2:
            yield Case("clapnq", row["input"], answers, others)


def read_spans(path: Path) -> Iterator[Case]:
    for row in json.loads(path.read_text())["data"]:
        found: dict[bool, list[str]] = {True: [], False: []}
        words: list[str] = []
        answers = False
        for word, label in zip(row["context"], row["label"], strict=True):
            words.append(word)
            answers |= label != "O"
            if word in (".", "?", "!"):
                found[answers].append(plain(" ".join(words)))
                words, answers = [], False
        if found[True] and len(found[False]) >= 2:
            yield Case("multispan", " ".join(row["question"]), found[True], found[False])


def plain(text: str) -> str:
    """Undo the tokens of a treebank: `-lrb- 1990 -rrb- ,` becomes `(1990),`."""
    for token, sign in (("-lrb-", "("), ("-rrb-", ")"), ("-lsb-", "["), ("-rsb-", "]"),
                        ("``", '"'), ("''", '"')):  # fmt: skip
        text = text.replace(token, sign)
    text = re.sub(r"\s+([.,;:?!%)\]])", r"\1", text)
    text = re.sub(r"([(\[$])\s+", r"\1", text)
    text = re.sub(r"\s+('s|n't|'re|'ve|'ll|'d|')\b", r"\1", text)
    return " ".join(text.split())


def without_tags(text: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", text)).split())


def split(cases: list[Case]) -> tuple[list[Case], list[Case]]:
    """Return held-out cases, and those for training without the answers of the former."""
    random.Random(7).shuffle(cases)
    left = dict(HELD_OUT)
    held_out, others = [], []
    for case in cases:
        if left.get(case.source, 0):
            left[case.source] -= 1
            held_out.append(case)
        else:
            others.append(case)
    seen = {answer for case in held_out for answer in case.answers}
    return held_out, [case for case in others if seen.isdisjoint(case.answers)]


def choose(cases: Sequence[Case], n: int, chance: random.Random) -> list[Case]:
    """Return `n` questions: a part from the small sets, and the rest from the large one."""
    small = [case for case in cases if case.source != "nqg"]
    large = [case for case in cases if case.source == "nqg"]
    chance.shuffle(small)
    chance.shuffle(large)
    small = small[: round(SMALL_SHARE * n)]
    chosen = [*small, *large[: n - len(small)]]
    chance.shuffle(chosen)
    return chosen


# ── training ────────────────────────────────────────────────────────────────────────────────────


class Ranker(torch.nn.Module):
    """The embedder, read over question and statement at once, with one number as its result."""

    def __init__(self) -> None:
        super().__init__()
        self.b = BertModel.from_pretrained(
            find_embedder(RANKER.embedder).folder, add_pooling_layer=False
        )
        for parameter in self.b.embeddings.parameters():
            parameter.requires_grad = False
        self.b.embeddings.token_type_embeddings.weight.requires_grad = True
        self.h = torch.nn.Linear(self.b.config.hidden_size, 1)
        torch.nn.init.normal_(self.h.weight, std=0.02)

    def forward(self, input_ids: Any, attention_mask: Any, token_type_ids: Any) -> Any:
        hidden = self.b(
            input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids
        ).last_hidden_state
        weights = attention_mask.unsqueeze(-1).float()
        mean = (hidden.float() * weights).sum(1) / weights.sum(1)
        return self.h(mean).squeeze(-1)


def read_pairs(pairs: Pairs, chosen: Sequence[tuple[str, str]]) -> tuple[torch.Tensor, ...]:
    """Return int64 `(n, length)` ids, mask and types of questions with statements."""
    asked, said = (pairs.tokens(texts) for texts in zip(*chosen, strict=True))
    return tuple(map(torch.from_numpy, pairs.join(list(zip(asked, said, strict=True))).values()))


def train(model: Ranker, cases: Sequence[Case], rate: float, chance: random.Random) -> None:
    pairs, others = Pairs(), Others(cases, chance)
    weights = [each for each in model.parameters() if each.requires_grad]
    optimizer = torch.optim.AdamW(
        [
            {"params": [each for each in weights if each.ndim > 1], "weight_decay": 0.01},
            {"params": [each for each in weights if each.ndim == 1], "weight_decay": 0.0},
        ],
        lr=rate,
    )
    batches = list(by_length(cases, chance))
    losses: list[float] = []
    model.train()
    for step, batch in enumerate(batches):
        warm, rest = (step + 1) / (0.06 * len(batches)), 1 - step / len(batches)
        for group in optimizer.param_groups:
            group["lr"] = rate * max(min(warm, rest, 1.0), 0.02)
        choices = [
            (case.question, statement)
            for case in batch
            for statement in [chance.choice(case.answers), *others.of(case)]
        ]
        with torch.autocast("cpu", dtype=torch.bfloat16):
            scores = model(*read_pairs(pairs, choices)).float().view(len(batch), CHOICES)
        loss = torch.nn.functional.cross_entropy(scores, torch.zeros(len(batch), dtype=torch.long))
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(weights, 1.0)
        optimizer.step()
        losses.append(loss.item())
        if step % 20 == 19:
            print(f"{step + 1} of {len(batches)}: loss {np.mean(losses[-20:]):.3f}", flush=True)


def by_length(cases: Sequence[Case], chance: random.Random) -> Iterator[list[Case]]:
    """Yield full batches of similar length, which need little padding, in random order."""
    for at in range(0, len(cases), BATCH * 16):
        some = sorted(
            cases[at : at + BATCH * 16], key=lambda case: len(case.question) + len(case.answers[0])
        )
        batches = [some[i : i + BATCH] for i in range(0, len(some), BATCH)]
        chance.shuffle(batches)
        yield from (batch for batch in batches if len(batch) == BATCH)


class Others:
    """Chooses statements that do not answer, most of them with words of the question."""

    def __init__(self, cases: Sequence[Case], chance: random.Random) -> None:
        self._cases, self._chance = cases, chance
        self._counts = Counter(word for case in cases for word in set(words(case.answers[0])))

    def of(self, case: Case) -> list[str]:
        asked = set(words(case.question))
        pool = [s for s in dict.fromkeys(case.others) if s not in case.answers]
        pool.sort(key=lambda text: -sum(map(self._rarity, asked & set(words(text)))))
        near, rest = pool[:4], pool[4:]
        self._chance.shuffle(near)
        rest = near[CHOICES - 2 :] + rest
        self._chance.shuffle(rest)
        found = [*near[: CHOICES - 2], *rest][: CHOICES - 1]
        while len(found) < CHOICES - 1:
            found.append(self._chance.choice(self._chance.choice(self._cases).answers))
        return found

    def _rarity(self, word: str) -> float:
        return math.log(len(self._cases) / (1 + self._counts[word]))


def words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9]{3,}", text.lower())


def first_of_16(model: Ranker, cases: Sequence[Case]) -> dict[str, float]:
    """Return how often the answer had the best score, by source."""
    pairs, chance = Pairs(), random.Random(5)
    found = defaultdict(list)
    model.eval()
    with torch.no_grad():
        for case in cases:
            others = list(dict.fromkeys(case.others))
            chance.shuffle(others)
            statements = [case.answers[0], *others[:15]]
            scores = model(*read_pairs(pairs, [(case.question, each) for each in statements]))
            found[case.source].append(bool((scores[1:] < scores[0]).all()))
    return {source: round(float(np.mean(each)), 3) for source, each in found.items()}


# ── export ──────────────────────────────────────────────────────────────────────────────────────


def export(model: Ranker) -> bytes:
    """Return the fused graph with int8 weights: of each word's vector, and of each matrix."""
    example = torch.ones(2, 9, dtype=torch.long)
    axes = {name: {0: "n", 1: "length"} for name in INPUTS} | {"scores": {0: "n"}}
    model.b.set_attn_implementation("eager")
    with TemporaryDirectory() as scratch:
        traced, halved, small, fused = (Path(scratch) / f"{n}.onnx" for n in range(4))
        torch.onnx.export(
            model, (example,) * 3, str(traced), input_names=list(INPUTS),
            output_names=["scores"], dynamic_axes=axes, opset_version=17, dynamo=False,
        )  # fmt: skip
        graph = onnx.load(traced)
        shrink_words(graph.graph)
        onnx.save(graph, halved)
        # One bit less than int8 holds, or processors without VNNI overflow.
        quantize_dynamic(
            halved, small, op_types_to_quantize=["MatMul"], per_channel=True, reduce_range=True,
            weight_type=QuantType.QInt8,
        )  # fmt: skip
        fuse(small, fused)
        model_proto = onnx.load(fused)
    for node in model_proto.graph.node:
        node.ClearField("doc_string")
    used = {node.domain for node in model_proto.graph.node}
    opsets = [each for each in model_proto.opset_import if each.domain in used]
    del model_proto.opset_import[:]  # onnxruntime lists all it knows, which older ones refuse
    model_proto.opset_import.extend(opsets)
    return bytes(model_proto.SerializeToString(deterministic=True))


def fuse(source: Path, target: Path) -> None:
    """Fuse nodes of a graph, for any processor.

    Sums before a LayerNormalization stay: onnxruntime's SkipLayerNormalization takes longer than
    both (findings/onnxruntime-skip-layer-norm.sh).
    """
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    options.optimized_model_filepath = str(target)
    onnxruntime.InferenceSession(
        source,
        options,
        providers=["CPUExecutionProvider"],
        disabled_optimizers=["SkipLayerNormFusion"],
    )


def shrink_words(graph: Any) -> None:
    """Replace the float32 word vectors by int8 ones with a scale for each word."""
    rows = BertModel.config_class().vocab_size
    (table,) = [tensor for tensor in graph.initializer if tensor.dims[:1] == [rows]]
    (gather,) = [node for node in graph.node if table.name in node.input]
    vectors = numpy_helper.to_array(table)
    scales = np.abs(vectors).max(axis=1, keepdims=True) / 127  # (n_words, 1)
    small = np.round(vectors / scales).astype(np.int8)
    ids, out = gather.input[1], gather.output[0]
    nodes = [
        helper.make_node("Gather", ["words", ids], ["small"]),
        helper.make_node("Cast", ["small"], ["rounded"], to=TensorProto.FLOAT),
        helper.make_node("Gather", ["scales", ids], ["scale"]),
        helper.make_node("Mul", ["rounded", "scale"], [out]),
    ]
    at = list(graph.node).index(gather)
    graph.node.remove(gather)
    for offset, node in enumerate(nodes):
        graph.node.insert(at + offset, node)
    graph.initializer.remove(table)
    graph.initializer.extend(
        [numpy_helper.from_array(small, "words"), numpy_helper.from_array(scales, "scales")]
    )


if __name__ == "__main__":
    sys.exit(main())
