"""Changed sources in, a new generation out, and what has changed in the guide.

sources   the manifest and the disk → which documents to keep, to read, to drop
changes   documents before and after → sections and numbers that differ
run       all of an update, from the plan to the switch
staleness the manifest and the disk → what a search should be told, in a millisecond
watch     when the sources change
"""
