"""``xrlearn tasks``: what can be learned, and what was published."""

import click

from ..locale import text
from .output import as_json, columns


@click.command(help=text("cli.tasks.help"))
@click.option("--json", "json_", is_flag=True, help=text("doctor.option.json"))
def tasks(json_: bool) -> None:
    """Print the table of `xrlearn.tasks`, one line a task."""
    from ..tasks.listing import table as listed

    table = listed().rename_axis("").reset_index()
    if json_:
        # Programs read it: its keys are the same in every language.
        click.echo(as_json(table.set_axis(["name", "task", "published", "measured", "data"], axis=1)))
        return
    for line in columns([list(table.columns), *(list(map(str, row)) for row in table.itertuples(index=False))]):
        click.echo(line)
