"""Rules in, who may read what out."""

import msgspec
import pytest

from ragguide.base.groups import read_groups
from ragguide.config import Settings, load_settings
from ragguide.errors import SettingsError, UsageError
from ragguide.index.rights import check_rules, groups_of, require_rules, visible, without_readers
from ragguide.types import (
    AllowRule,
    Flat,
    Hnsw,
    IndexRequest,
    ReadRequest,
    SourceRecord,
    VectorIndexRecord,
)
from tests.index.drafts import TOPICS, describe_of, draft_of
from tests.retrieve.made import a_source


def rules(*pairs: tuple[str, str]) -> tuple[AllowRule, ...]:
    return tuple(AllowRule(documents=name, groups=(group,)) for name, group in pairs)


def at(path: str, name: str = "plan") -> SourceRecord:
    return msgspec.structs.replace(a_source(name), path=path)


def test_the_last_pattern_that_matches_decides_and_a_bare_rule_has_the_rest() -> None:
    given = rules(("", "staff"), ("plan*", "board"), ("PLAN 2.pdf", "hr"), ("/x/[[]1]/*", "it"))
    assert groups_of(at("/a/notes.md", "notes"), given) == ("staff",)
    assert groups_of(at("/a/plan 2.docx", "plan 2"), given) == ("board",)
    assert groups_of(at("/a/Plan 2.pdf", "Plan 2"), given) == ("hr",)
    assert groups_of(at("/x/[1]/deep/plan.md"), given) == ("it",)
    assert groups_of(at("/x/1/plan.md"), given) == ("board",)
    assert groups_of(at("/a/notes.md", "notes"), given[1:]) == ()
    assert groups_of(at("/a/notes.md", "notes"), (*given, *rules(("", "all")))) == ("all",)


def test_a_rule_about_no_document_is_refused() -> None:
    request = ReadRequest(paths=(), tags={}, ocr_languages=None, allow=rules(("salary*", "hr")))
    check_rules(request, [a_source("salary 2025")], [])
    check_rules(request, [a_source("pay")], ["/x/Salary.pdf"])
    with pytest.raises(
        UsageError, match=r"--allow salary\*=hr matches no document\. Documents: pa"
    ):
        check_rules(request, [a_source("pay")], ["/x/rest.pdf"])


def test_rights_are_not_lost_by_accident() -> None:
    draft = draft_of(TOPICS)
    record = VectorIndexRecord(asked=IndexRequest(), parameters=Flat(), why="", recall=None)
    free = describe_of(draft)(1, record, {"a": "b"})
    kept = describe_of(draft, allowed={"boats": ("crew",)})(1, record, {"a": "b"})
    require_rules(free.request, free)
    require_rules(kept.request, free)
    require_rules(kept.request, kept)
    with pytest.raises(UsageError, match=r"access rights, which would be lost\. Repeat --allow"):
        require_rules(free.request, kept)
    assert without_readers(kept.sources) == "kitchen, harbour"
    assert without_readers(free.sources) == ""


def test_a_part_of_any_index_is_searched_exactly() -> None:
    draft = draft_of(TOPICS)
    graph = VectorIndexRecord(
        asked=IndexRequest(index_type="hnsw"),
        parameters=Hnsw(hnsw_m=8, ef_construction=9, ef_search=9),
        why="as requested",
        recall=None,
    )
    manifest = describe_of(draft, allowed={"boats": ("crew",)})(1, graph, {"a": "b"})
    part = visible(manifest, frozenset({"crew"}))
    assert part.vector_index.parameters == Flat()
    assert part.vector_index.why == "a part of an index is searched exactly"
    assert (part.n_chunks, part.n_statements) == (3, 4)
    assert b"kitchen" not in msgspec.json.encode(part)
    assert b"crew" not in msgspec.json.encode(part)
    everything = describe_of(draft, allowed=dict.fromkeys(TOPICS, ("crew",)))(1, graph, {"a": "b"})
    assert visible(everything, frozenset({"crew"})) is everything


def test_groups_are_separated_by_commas() -> None:
    assert read_groups(" hr, board,,hr ", where="groups") == ("hr", "board")
    assert read_groups("", where="groups") == ()
    assert Settings(groups="hr,it").reader == {"hr", "it"}
    for wrong in ("h r", "-hr", "a=b", "x" * 55):
        with pytest.raises(
            UsageError, match=r"--allow: .* is not a valid group name: use up to 54"
        ):
            read_groups(f"it,{wrong}", where="--allow")
        with pytest.raises(SettingsError, match=r"groups: .* is not a valid group name"):
            load_settings({"groups": wrong}, environ={})
