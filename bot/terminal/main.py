"""`dealwright`: the command line. Each command is in the file of its field; here they are put together, and errors become exit statuses.

Exit statuses: 0 done; 1 it failed, and something must be changed; 2 refused, or used wrongly; 3 it may work later; 130 stopped by Ctrl-C.
"""

from __future__ import annotations

import sys

import typer

from bot.terminal import (
    alerts,
    asking,
    away,
    briefs,
    crm,
    data,
    deal_health,
    digest,
    guarding,
    hygiene,
    mailboxes,
    metrics,
    notes,
    objections,
    operating,
    people,
    pipeline,
    proposals,
    running,
    scorecards,
    signals,
    teams,
    workflow,
)
from bot.terminal.output import EXIT_INTERRUPTED, tell_error, tell_failure
from infra.errors import DealwrightError

app = typer.Typer(
    name="dealwright",
    help="Answers about your deals, with evidence, from calls, mails and the CRM.",
    epilog="Exit status: 0 done, 1 failed, 2 refused or used wrongly, 3 may work later, 130 stopped.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
alerts.add_to(app)
asking.add_to(app)
away.add_to(app)
briefs.add_to(app)
crm.add_to(app)
data.add_to(app)
digest.add_to(app)
deal_health.add_to(app)
mailboxes.add_to(app)
guarding.add_to(app)
metrics.add_to(app)
notes.add_to(app)
objections.add_to(app)
scorecards.add_to(app)
hygiene.add_to(app)
people.add_to(app)
pipeline.add_to(app)
proposals.add_to(app)
running.add_to(app)
signals.add_to(app)
teams.add_to(app)
workflow.add_to(app)
operating.add_to(app)


def main() -> None:
    """Run the command line and end the process with its exit status."""
    try:
        app()
    except DealwrightError as error:
        sys.exit(tell_error(error))
    except KeyboardInterrupt:
        sys.exit(EXIT_INTERRUPTED)
    except BrokenPipeError:
        # Whoever read our output has seen enough.
        sys.stderr.close()
        sys.exit(0)
    except Exception as error:  # noqa: BLE001 - the edge of the process: a person sees a sentence, never a stack trace
        sys.exit(tell_failure(error))


if __name__ == "__main__":
    main()
