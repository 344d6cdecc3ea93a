"""`ragguide models`: manages the models on this machine. One small file per command."""

from ragguide.cli.groups import Entry, make_group

models_group = make_group(
    "List, download, verify, optimise and remove models.",
    {
        "list": Entry(
            "ragguide.cli.models.listing:list_command",
            "List all known models, with their paths and self-test results.",
        ),
        "pull": Entry(
            "ragguide.cli.models.pull:pull",
            "Download generators. No other command downloads anything.",
        ),
        "verify": Entry(
            "ragguide.cli.models.verify:verify", "Verify the checksums of installed models."
        ),
        "optimise": Entry(
            "ragguide.cli.models.optimise:optimise",
            "Find the fastest format of a generator on this machine, and test its answers.",
        ),
        "remove": Entry(
            "ragguide.cli.models.remove:remove",
            "Remove a generator, its measurements and its optimised version.",
        ),
    },
)
