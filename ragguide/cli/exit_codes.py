"""The exit codes of commands that end without an error."""

EXIT_INCOMPLETE = 2  # a document was skipped
EXIT_MALFORMED = 2  # some questions were malformed and left out
EXIT_FAULT = 3
EXIT_NO_ANSWER = 4
EXIT_NOT_MET = 6  # a gate is not met, or a question set contradicts the guide
EXIT_TOO_LATE = 124  # the code of timeout(1)
EXIT_INTERRUPTED = 130
