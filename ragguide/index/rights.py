"""A manifest and a reader's groups in, the manifest of what they may read out. No I/O.

An index has rights if its request has rules. Then a document without a group is for nobody: a rule
with a typing error hides a document, and never shows one.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

import msgspec

from ragguide.base.groups import EVERYONE, Groups
from ragguide.errors import UsageError
from ragguide.index.plan import choose
from ragguide.types import (
    AllowRule,
    Chunk,
    Flat,
    Manifest,
    ReadRequest,
    Rights,
    SourceRecord,
    VectorIndexRecord,
    is_remote,
)

MOST_NAMED = 8  # documents in a message
WHY_EXACT = "a part of an index is searched exactly"


# ── write ───────────────────────────────────────────────────────────────────────────────────────


def with_rights(
    request: ReadRequest,
    records: Sequence[SourceRecord],
    chunks: Sequence[Chunk],
    n_tokens_of: Mapping[str, int],
) -> tuple[SourceRecord, ...]:
    """Return the records with the rights that the request's rules give; unchanged without rules.

    Args:
        request: of the index.
        records: its documents.
        chunks: of all documents.
        n_tokens_of: tokens of all chunks of a document, by its name.
    """
    rules = request.allow
    if isinstance(rules, msgspec.UnsetType):
        return tuple(msgspec.structs.replace(each, rights=msgspec.UNSET) for each in records)
    n_chunks = Counter(chunk.document for chunk in chunks)
    n_statements: Counter[str] = Counter()
    for chunk in chunks:
        n_statements[chunk.document] += len(chunk.statements)
    return tuple(
        msgspec.structs.replace(
            record,
            rights=Rights(
                groups=groups_of(record, rules),
                n_chunks=n_chunks[record.name],
                n_statements=n_statements[record.name],
                n_tokens=n_tokens_of[record.name],
            ),
        )
        for record in records
    )


def groups_of(record: SourceRecord, rules: Sequence[AllowRule]) -> tuple[str, ...]:
    """Return the groups that may read a document.

    Of the rules with a pattern the last one that matches decides, else the one without a pattern.
    """
    matching = [
        rule for rule in rules if rule.documents and _matches(record.name, record.path, rule)
    ]
    matching = matching or [rule for rule in rules if not rule.documents]
    return matching[-1].groups if matching else ()


def check_rules(
    request: ReadRequest, records: Sequence[SourceRecord], skipped: Iterable[str]
) -> None:
    """Check that each rule is about a document.

    Args:
        request: with the rules.
        records: of the documents.
        skipped: paths of documents that could not be read.

    Raises:
        UsageError: one is not, probably because of a typing error.
    """
    named = {record.path: record.name for record in records}
    named |= {path: Path(path).stem for path in skipped}
    for rule in request.allow or ():
        if rule.documents and not any(_matches(name, path, rule) for path, name in named.items()):
            raise UsageError(
                f"--allow {rule.documents}={','.join(rule.groups)} matches no document. "
                f"Documents: {_listed(list(named.values()))}."
            )


def require_rules(request: ReadRequest, old: Manifest) -> None:
    """Check that an index with rights keeps some.

    Raises:
        UsageError: the new request has none, so that everyone could read all documents.
    """
    if has_rights(old) and isinstance(request.allow, msgspec.UnsetType):
        raise UsageError(
            "this index has access rights, which would be lost. Repeat --allow (with "
            f"`--allow {EVERYONE}` everyone may read all documents), or remove the index first."
        )


def without_readers(sources: Sequence[SourceRecord]) -> str:
    """Return the names of the documents that nobody may read; "" if there are none."""
    return _listed(
        [
            source.name
            for source in sources
            if not isinstance(source.rights, msgspec.UnsetType) and not source.rights.groups
        ]
    )


def _matches(name: str, path: str, rule: AllowRule) -> bool:
    if "/" in rule.documents:
        return fnmatchcase(path if is_remote(path) else Path(path).as_posix(), rule.documents)
    pattern = rule.documents.casefold()
    return any(
        each == pattern or fnmatchcase(each, pattern)
        for each in (name.casefold(), Path(path).name.casefold())
    )


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:MOST_NAMED]) + (" …" if len(names) > MOST_NAMED else "")


# ── read ────────────────────────────────────────────────────────────────────────────────────────


def has_rights(manifest: Manifest) -> bool:
    return not isinstance(manifest.request.allow, msgspec.UnsetType)


def is_for_all(manifest: Manifest) -> bool:
    """Whether a manifest is of a whole index without rights."""
    return not (has_rights(manifest) or is_part(manifest))


def may_read(source: SourceRecord, groups: Groups) -> bool:
    """Whether one of the groups may read a document of an index with rights."""
    if isinstance(source.rights, msgspec.UnsetType):
        return False
    return EVERYONE in source.rights.groups or not groups.isdisjoint(source.rights.groups)


def is_part(manifest: Manifest) -> bool:
    """Whether a manifest is of a part of an index, so that no file belongs to it."""
    return not manifest.files


def visible(manifest: Manifest, groups: Groups) -> Manifest:
    """Return the manifest as if the index had only what these groups may read.

    It is the same one if they may read everything, as without rights.
    """
    if not has_rights(manifest):
        return manifest
    sources = [source for source in manifest.sources if may_read(source, groups)]
    if len(sources) == len(manifest.sources):
        return manifest
    return part_of(manifest, sources)


def part_of(manifest: Manifest, sources: Sequence[SourceRecord]) -> Manifest:
    """Return the manifest as if the index had only these of its documents, and no rights."""
    rights = [each.rights for each in sources if isinstance(each.rights, Rights)]
    n_chunks = sum(each.n_chunks for each in rights)
    return msgspec.structs.replace(
        manifest,
        request=msgspec.structs.replace(
            manifest.request,
            paths=tuple(source.path for source in sources),
            allow=msgspec.UNSET,
        ),
        sources=tuple(msgspec.structs.replace(each, rights=msgspec.UNSET) for each in sources),
        vector_index=_exact(manifest.vector_index, n_chunks, manifest.dim),
        n_chunks=n_chunks,
        n_statements=sum(each.n_statements for each in rights),
        n_tokens=sum(each.n_tokens for each in rights),
        files={},
    )


def _exact(record: VectorIndexRecord, n_chunks: int, dim: int) -> VectorIndexRecord:
    """Return the record of an exact search of a part, as a whole index of this size has it."""
    why = WHY_EXACT
    if record.asked.index_type in {"auto", "flat"}:
        plan = choose(record.asked, n_chunks, dim)
        why = plan.why if isinstance(plan.parameters, Flat) else WHY_EXACT
    return VectorIndexRecord(asked=record.asked, parameters=Flat(), why=why, recall=None)
