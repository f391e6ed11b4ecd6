"""``xrlearn tasks``: what can be learned, and what was published."""

import click

from ..locale import text
from .output import as_json, columns


@click.command(help=text("cli.tasks.help"))
@click.option("--json", "json_", is_flag=True, help=text("doctor.option.json"))
def tasks(json_: bool) -> None:
    """Print the table of `xrlearn.tasks`, one line a task."""
    import pandas as pd

    from ..tasks.listing import table as listed

    table = listed().reset_index()
    if json_:
        click.echo(as_json(table))
        return
    shown = [[("" if pd.isna(cell) else str(cell)) for cell in row] for row in table.itertuples(index=False)]
    for line in columns([list(map(str, table.columns)), *shown]):
        click.echo(line)
