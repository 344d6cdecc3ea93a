"""`ragguide config`: shows settings and their files. One small file per command."""

from ragguide.cli.groups import Entry, make_group

config_group = make_group(
    "Show the settings in effect, and the files that set them.",
    {
        "show": Entry(
            "ragguide.cli.settings.show:show",
            "Show each setting and where it comes from: default, file, environment or flag.",
        ),
        "path": Entry("ragguide.cli.settings.files:path", "Show which settings files are read."),
    },
)
