"""`python -m ragguide` is `ragguide`."""

from ragguide.cli.app import main

main()
