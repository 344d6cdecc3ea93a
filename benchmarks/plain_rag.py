"""A question in, a model's answer out: what anybody would write with the same libraries.

    python benchmarks/plain_rag.py PASSAGES.json EMBEDDER MODEL.gguf QUESTION

`first_word.py` holds ragguide against it. PASSAGES.json has "texts" and their "vectors": no time is
counted that an index saves.
"""

import json
import sys

import numpy as np
from llama_cpp import Llama
from sentence_transformers import SentenceTransformer

N_PASSAGES = 4


def main() -> None:
    passages, embedder, model, question = sys.argv[1:]
    with open(passages, encoding="utf-8") as file:  # noqa: PTH123
        stored = json.load(file)
    encoder = SentenceTransformer(embedder, device="cpu")
    query = encoder.encode(question, normalize_embeddings=True)
    scores = np.array(stored["vectors"], np.float32) @ query  # (n_passages,)
    best = [stored["texts"][row] for row in np.argsort(-scores)[:N_PASSAGES]]
    llama = Llama(model, n_ctx=4096, verbose=False)
    told = "Answer the question from these passages alone.\n\n" + "\n\n".join(best)
    messages = [{"role": "system", "content": told}, {"role": "user", "content": question}]
    for part in llama.create_chat_completion(messages, stream=True, temperature=0, max_tokens=160):
        if text := part["choices"][0]["delta"].get("content"):
            sys.stdout.write(text)
            sys.stdout.flush()


if __name__ == "__main__":
    main()
