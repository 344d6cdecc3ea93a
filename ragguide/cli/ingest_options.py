"""Options of `ragguide ingest`: how text is cut into chunks, and how vectors are indexed."""

from typing import Annotated

import typer

from ragguide.cli.options import DEFAULTS

_PANEL = "Vector index (0 = choose from the number of vectors)"

Paths = Annotated[
    list[str],
    typer.Argument(metavar="PATH...", help="Files, folders, patterns or URLs to read."),
]
Tags = Annotated[
    list[str] | None,
    typer.Option(
        "--tag",
        metavar="NAME=VALUE",
        help="Tag the documents, e.g. team=ml; repeatable.",
    ),
]
Allow = Annotated[
    list[str] | None,
    typer.Option(
        "--allow",
        metavar="[DOCUMENTS=]GROUPS",
        help="Let only these groups read the documents, e.g. staff, 'salaries*=hr' or "
        "'board/=board,hr'; repeatable.",
    ),
]
Rebuild = Annotated[
    bool, typer.Option("--rebuild", help="Rebuild the index even if nothing has changed.")
]
Keep = Annotated[
    int | None,
    typer.Option(
        "--keep",
        help="Keep this many generations, so that `index rollback` can return to them.  "
        f"[default: {DEFAULTS.keep}]",
        show_default=False,
    ),
]

# ── chunks and their embedder ───────────────────────────────────────────────────────────────────

EmbedderName = Annotated[
    str | None,
    typer.Option(
        "--embedder",
        help="Embed with this model: a catalogue name or a sentence-transformers folder.  "
        f"[default: {DEFAULTS.embedder}]",
        show_default=False,
    ),
]
ChunkTokens = Annotated[
    int | None,
    typer.Option(
        help="Cut the text into chunks of at most this many tokens.  "
        f"[default: {DEFAULTS.chunk_tokens}]",
        show_default=False,
    ),
]
ChunkOverlap = Annotated[
    int | None,
    typer.Option(
        help="Repeat this many tokens of a chunk in the next one.  "
        f"[default: {DEFAULTS.chunk_overlap}]",
        show_default=False,
    ),
]
ChunkStrategy = Annotated[
    str | None,
    typer.Option(
        help="End chunks at sections, at pages, or only when they are full (tokens).  "
        f"[default: {DEFAULTS.chunk_strategy}]",
        show_default=False,
    ),
]

# ── the vector index ────────────────────────────────────────────────────────────────────────────

IndexType = Annotated[
    str | None,
    typer.Option(
        help="Build this type of index: auto, flat, hnsw, ivf or ivfpq.  "
        f"[default: {DEFAULTS.index_type}]",
        show_default=False,
        rich_help_panel=_PANEL,
    ),
]
TargetRecall = Annotated[
    float | None,
    typer.Option(
        help="Tune the search to find this share of the nearest vectors.  "
        f"[default: {DEFAULTS.target_recall:g}]",
        show_default=False,
        rich_help_panel=_PANEL,
    ),
]
HnswM = Annotated[
    int | None,
    typer.Option(help="Link each vector to this many others (hnsw).", rich_help_panel=_PANEL),
]
EfConstruction = Annotated[
    int | None,
    typer.Option(
        help="Consider this many candidates when linking a vector (hnsw).", rich_help_panel=_PANEL
    ),
]
EfSearch = Annotated[
    int | None,
    typer.Option(
        help="Consider this many candidates in each search (hnsw).", rich_help_panel=_PANEL
    ),
]
Nlist = Annotated[
    int | None,
    typer.Option(
        help="Divide the vectors into this many lists (ivf, ivfpq).", rich_help_panel=_PANEL
    ),
]
Nprobe = Annotated[
    int | None,
    typer.Option(
        help="Compare the vectors of this many lists in each search (ivf, ivfpq).",
        rich_help_panel=_PANEL,
    ),
]
PqM = Annotated[
    int | None,
    typer.Option(help="Split each vector into this many pieces (ivfpq).", rich_help_panel=_PANEL),
]
PqBits = Annotated[
    int | None,
    typer.Option(help="Encode each piece in this many bits (ivfpq).", rich_help_panel=_PANEL),
]
