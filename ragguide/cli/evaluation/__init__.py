"""`ragguide eval`: question sets, runs and their results. One file for each command."""

from ragguide.cli.evaluation.check import check
from ragguide.cli.evaluation.claims import claims
from ragguide.cli.evaluation.compare import compare
from ragguide.cli.evaluation.convert import convert
from ragguide.cli.evaluation.draft import draft
from ragguide.cli.evaluation.export import export
from ragguide.cli.evaluation.gate import gate
from ragguide.cli.evaluation.listing import list_command
from ragguide.cli.evaluation.report import report
from ragguide.cli.evaluation.run import run
from ragguide.cli.evaluation.sweep import sweep
from ragguide.cli.general import App

eval_app = App("Measure retrieval and answers with sets of questions.")
eval_app.command()(run)
eval_app.command("list")(list_command)
eval_app.command()(compare)
eval_app.command()(report)
eval_app.command()(gate)
eval_app.command()(sweep)
eval_app.command()(draft)
eval_app.command()(check)
eval_app.command()(claims)
eval_app.command()(convert)
eval_app.command()(export)
