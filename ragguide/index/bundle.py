"""The format of a bundle: one zip file that carries an index to another machine.

    bundle.json                 size and sha256 of every member; name and sha256 of the embedder
    manifest.json               of the generation, unchanged
    documents.jsonl  chunks.jsonl  vectors.npy  statements.npy
    calibration.json            if the index has its own
    models/…                    if exported with its models (bundled_models.py)

A bundle leaves out all files that can be rebuilt: postings, lexicon and the FAISS index. So an
untrusted bundle reaches only a JSON parser and the parser of an array's header.
"""

import msgspec

FORMAT_VERSION = 1  # of bundles
LIST = "bundle.json"
MEMBERS = ("manifest.json", "documents.jsonl", "chunks.jsonl", "vectors.npy", "statements.npy")
BLOCK_BYTES = 1 << 20


class Member(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    size_bytes: int
    sha256: str


class BundleList(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The contents of a bundle, as its `bundle.json` lists them."""

    format_version: int
    ragguide_version: str
    index: str
    embedder: str
    embedder_sha256: str  # of the weights that computed the vectors
    members: dict[str, Member]
