"""Seconds and a generator's speed in, how much evidence it can read out. No I/O."""

MIN_READ = 100  # tokens of evidence: some four sentences, which mostly contain the answer
QUESTION_TOKENS = 60  # of a question and its frame, read in addition to the evidence
SHORT_ANSWER = 40  # tokens: a sentence or two


def evidence_budget(
    n_tokens: int, *, left_s: float, prompt_tokens_s: float, answer_tokens_s: float
) -> int:
    """Return how many tokens of evidence leave time for a short answer.

    Args:
        n_tokens: the evidence to read without a deadline.
        left_s: seconds until the deadline, with the generator loaded.
        prompt_tokens_s: tokens that it reads in a second.
        answer_tokens_s: tokens that it writes in a second.

    Returns:
        `n_tokens` at most; 0 if there is no time for `MIN_READ`.
    """
    for_reading_s = left_s - SHORT_ANSWER / answer_tokens_s
    affordable = int(for_reading_s * prompt_tokens_s) - QUESTION_TOKENS
    if affordable < min(MIN_READ, n_tokens):
        return 0
    return min(affordable, n_tokens)
