"""`ragguide eval`: question sets, runs and their results, in the order of work."""

from ragguide.cli.groups import Entry, make_group

eval_group = make_group(
    "Measure retrieval and answers with sets of questions.",
    {
        "draft": Entry(
            "ragguide.cli.evaluation.draft:draft",
            "Propose questions from all sections of a guide, and save those that you accept.",
        ),
        "check": Entry(
            "ragguide.cli.evaluation.check:check", "Check a question set against the guide."
        ),
        "run": Entry(
            "ragguide.cli.evaluation.run:run", "Ask a set of questions and measure the results."
        ),
        "rate": Entry(
            "ragguide.cli.evaluation.rate:rate",
            "Grade answers from 1 to 5, one at a time, without seeing which run each is from.",
        ),
        "compare": Entry(
            "ragguide.cli.evaluation.compare:compare",
            "Compare runs with the first one, on the questions that they share.",
        ),
        "gate": Entry(
            "ragguide.cli.evaluation.gate:gate",
            "Check a finished run against thresholds or a baseline run.",
        ),
        "report": Entry(
            "ragguide.cli.evaluation.report:report",
            "Write a report of finished runs: figures, plots, differences and failures.",
        ),
        "sweep": Entry(
            "ragguide.cli.evaluation.sweep:sweep",
            "Try combinations of settings, and write the best one as a settings file.",
        ),
        "list": Entry(
            "ragguide.cli.evaluation.listing:list_command", "List all runs, the newest last."
        ),
        "convert": Entry(
            "ragguide.cli.evaluation.convert:convert",
            "Convert a question set, with its documents, to another format.",
        ),
        "export": Entry(
            "ragguide.cli.evaluation.export:export", "Export a run as TREC files or RAGAS samples."
        ),
        "claims": Entry(
            "ragguide.cli.evaluation.claims:claims",
            "Check claims against their evidence, as ragguide checks its own answers.",
        ),
    },
)
