"""``xrlearn doctor``."""

import json
import sys
from dataclasses import asdict

import click

from ..locale import text


@click.command(help=text("cli.doctor.help"))
@click.option("--json", "as_json", is_flag=True, help=text("doctor.option.json"))
def doctor(as_json: bool) -> None:
    """Say what is installed, what is missing and how to mend it; exit with 1 where something needed is amiss."""
    from ..doctor import examine

    findings = []
    for finding in examine():
        findings.append(finding)
        if not as_json:
            mark = "✓" if finding.ok else "✗" if finding.needed else "–"
            click.echo(f"{mark} {finding.text}")
    healthy = all(finding.ok or not finding.needed for finding in findings)
    if as_json:
        click.echo(json.dumps({"healthy": healthy, "findings": [asdict(finding) for finding in findings]}, indent=2))
    else:
        click.echo(text("doctor.healthy" if healthy else "doctor.ailing"))
    sys.exit(0 if healthy else 1)
