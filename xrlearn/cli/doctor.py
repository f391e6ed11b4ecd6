"""``xrlearn doctor``."""

import sys

import click

from ..locale import text
from .output import as_json


@click.command(help=text("cli.doctor.help"))
@click.option("--json", "json_", is_flag=True, help=text("doctor.option.json"))
def doctor(json_: bool) -> None:
    """Say what is installed, what is missing and how to mend it; exit with 1 where something needed is amiss."""
    from ..doctor import examine

    findings = []
    for finding in examine():
        findings.append(finding)
        if not json_:
            mark = "✓" if finding.ok else "✗" if finding.needed else "–"
            click.echo(f"{mark} {finding.text}")
    healthy = all(finding.ok or not finding.needed for finding in findings)
    if json_:
        click.echo(as_json({"healthy": healthy, "findings": findings}))
    else:
        click.echo(text("doctor.healthy" if healthy else "doctor.ailing"))
    sys.exit(0 if healthy else 1)
