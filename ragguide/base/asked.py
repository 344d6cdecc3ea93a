"""What a user typed in, a question that can be searched for out."""

from ragguide.errors import UsageError

MAX_QUESTION = 2000  # characters; more is a document, not a question


def check_question(question: str) -> str:
    """Return a question with single spaces.

    Raises:
        UsageError: it is empty, too long, or contains bytes that are not UTF-8.
    """
    question = " ".join(question.split())
    try:
        question.encode()
    except UnicodeEncodeError:  # Python reads other bytes as lone surrogates
        shown = question[:80].encode("utf-8", "backslashreplace").decode()
        raise UsageError(f"the question is not UTF-8: {shown}. Convert it to UTF-8.") from None
    if not question:
        raise UsageError("the question is empty. Write one.")
    if len(question) > MAX_QUESTION:
        raise UsageError(
            f"the question has {len(question):,} characters; the limit is {MAX_QUESTION:,}. "
            "Shorten it."
        )
    return question
