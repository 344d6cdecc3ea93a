#!/usr/bin/env bash
# encode_document ignores the "passage" prompt that a model brings
#
# Versions: sentence-transformers 6.2.0, transformers 5.23.0, tokenizers 0.23.3, torch 2.13.0 (any build; CPU is enough)
# Date: 2026-11-30
# One would guess: for a model saved with the prompts "query" and "passage" (as E5 has them), encode_document puts
#   "passage: " before each text. Its docstring names "document", "passage" and "corpus" as candidates, in that order.
# What happens: loading adds an empty prompt "document", which is found first, so passages are encoded bare while
#   encode_query uses its prompt. Saving the model writes the empty prompt into its configuration.
# Output seen:
#   on disk {'passage': 'passage: ', 'query': 'query: '}
#   loaded  {'query': 'query: ', 'document': '', 'passage': 'passage: '}
#   encode_query equals the query prompt: True, no prompt: False
#   encode_document equals the passage prompt: False, no prompt: True
# For a user: call encode(texts, prompt_name="passage"), or set model.prompts["document"] after loading.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile \
  sentence-transformers==6.2.0 transformers==5.23.0 tokenizers==0.23.3 torch==2.13.0
HF_HUB_OFFLINE=1 "$dir/venv/bin/python" -I - "$dir" 2>"$dir/log" <<'PY' || { cat "$dir/log" >&2; exit 1; }
import json
import sys
from pathlib import Path

import numpy as np
from sentence_transformers import SentenceTransformer
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

weights, saved = Path(sys.argv[1], "weights"), Path(sys.argv[1], "saved")
words = "[PAD] [UNK] [CLS] [SEP] [MASK] passage query : open the lid".split()
tokenizer = Tokenizer(models.WordLevel({w: i for i, w in enumerate(words)}, unk_token="[UNK]"))
tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
PreTrainedTokenizerFast(
    tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]"
).save_pretrained(weights)
small = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}
BertModel(BertConfig(vocab_size=len(words), **small)).save_pretrained(weights)
SentenceTransformer(str(weights), device="cpu").save(str(saved))
settings = saved / "config_sentence_transformers.json"
config = json.loads(settings.read_text())
config["prompts"] = {"passage": "passage: ", "query": "query: "}
settings.write_text(json.dumps(config))

model = SentenceTransformer(str(saved), device="cpu")
print("on disk", config["prompts"])
print("loaded ", model.prompts)
texts = ["open the lid"]
bare = model.encode(texts)
seen = []
for kind, encode in (("query", model.encode_query), ("passage", model.encode_document)):
    seen += [np.allclose(encode(texts), other) for other in (model.encode(texts, prompt_name=kind), bare)]
    print(f"{encode.__name__} equals the {kind} prompt: {seen[-2]}, no prompt: {seen[-1]}")
if seen != [True, False, False, True]:
    sys.exit("changed")
PY
