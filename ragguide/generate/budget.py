"""Seconds and a generator's speed in, how much it may read out. No I/O."""

LEAST_READ = 100  # tokens of evidence: some four sentences, which mostly hold the answer
QUESTION_TOKENS = 60  # of a question and its frame, that are read beside the evidence
SHORT_ANSWER = 40  # tokens: a sentence or two


def evidence_in_time(
    n_tokens: int, *, left_s: float, prompt_tokens_s: float, answer_tokens_s: float
) -> int:
    """Return how many tokens of evidence can be read so that a short answer is there in time.

    Args:
        n_tokens: that are read if time does not matter.
        left_s: seconds until the answer must be there, with the generator loaded.
        prompt_tokens_s: tokens that it reads in a second.
        answer_tokens_s: tokens that it writes in a second.

    Returns:
        `n_tokens` at most; 0 if there is no time for `LEAST_READ`.
    """
    for_reading_s = left_s - SHORT_ANSWER / answer_tokens_s
    affordable = int(for_reading_s * prompt_tokens_s) - QUESTION_TOKENS
    if affordable < min(LEAST_READ, n_tokens):
        return 0
    return min(affordable, n_tokens)
