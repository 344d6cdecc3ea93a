"""JSON lines in, cases out, and back. The keys are the fields of `Case`."""

from pathlib import Path

from ragguide.evaluate.cases import CaseCollector, QuestionSet
from ragguide.evaluate.formats.source import Source, json_lines, write_bytes
from ragguide.evaluate.records import encode_lines


class JsonLines:
    """The format of ragguide itself."""

    name = "jsonl"
    keeps_documents = False

    def reads(self, source: Source) -> bool:
        return source.data is not None

    def read(self, source: Source) -> QuestionSet:
        assert source.data is not None
        collector = CaseCollector()
        for place, fields in json_lines(source.data, collector):
            collector.add(fields, place)
        return collector.finish(source.name)

    def write(self, questions: QuestionSet, path: Path) -> None:
        write_bytes(path, encode_lines(questions.cases))
