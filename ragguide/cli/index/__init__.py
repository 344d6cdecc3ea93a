"""`ragguide index`: shows, verifies and manages indexes. One small file per command group."""

from ragguide.cli.groups import Entry, make_group

index_group = make_group(
    "List, show, verify, roll back, remove, export, import and copy indexes.",
    {
        "list": Entry(
            "ragguide.cli.index.show:list_command",
            "List the indexes, one per line, also in your other folders.",
        ),
        "show": Entry(
            "ragguide.cli.index.show:show",
            "Show the generations, documents, embedder, vector index and files of an index.",
        ),
        "verify": Entry(
            "ragguide.cli.index.verify:verify_command",
            "Verify the checksums and the consistency of all generations.",
        ),
        "rollback": Entry(
            "ragguide.cli.index.generations:rollback",
            "Switch back to an older generation, after verifying it.",
        ),
        "prune": Entry(
            "ragguide.cli.index.generations:prune",
            "Remove old generations, but never the one in use.",
        ),
        "remove": Entry(
            "ragguide.cli.index.generations:remove", "Remove an index with all its generations."
        ),
        "export": Entry(
            "ragguide.cli.index.transfer:export_command",
            "Export an index to one file, to import it on another machine.",
        ),
        "import": Entry(
            "ragguide.cli.index.transfer:import_command",
            "Import an index from a bundle, after validating its contents.",
        ),
        "copy": Entry(
            "ragguide.cli.index.transfer:copy_command",
            "Copy an index from one folder, database or bucket to another, and compare the copy.",
        ),
    },
)
