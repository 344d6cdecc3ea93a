"""Changed sources in, a new generation and a list of changes in the guide out.

sources    the manifest and the disk → documents to keep, to read and to drop
gather     steps → documents of the new generation
plan       steps and chunks → the plan that the user sees
changes    documents before and after → sections and numbers that differ
run        the whole update, from the plan to the switch
staleness  the manifest and the disk → a warning for a search, in a millisecond
watch      a signal after each change of the sources
"""
