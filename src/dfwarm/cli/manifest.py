"""`dfwarm manifest`: list a tree of this host with the digest of every file."""

import os
import sys
from collections.abc import Callable, Iterable

import click

from dfwarm.cli.exits import exit_status
from dfwarm.equipment.remembered import Nothing
from dfwarm.equipment.scan import scan
from dfwarm.errors import PathUnreadable
from dfwarm.gate.manifest import workers
from dfwarm.manifest.listing import Manifest
from dfwarm.manifest.mtree import render_mtree
from dfwarm.manifest.stream import encode
from dfwarm.manifest.sums import render_sums
from dfwarm.spelling import spell

_GAPS = 3

FORMS: dict[str, Callable[[Manifest], Iterable[bytes]]] = {
    "sha256": render_sums,
    "mtree": render_mtree,
    "stream": encode,
}


@click.command(epilog=exit_status(PathUnreadable))
@click.argument("folder", type=click.Path(exists=True, file_okay=False))
@click.option("--form", type=click.Choice((*FORMS, "root")), default="root", show_default=True, help="What to print.")
def manifest(folder: str, form: str) -> None:
    """
    List a tree with its digests: every byte is read now.

    `sha256` is for `sha256sum -c`, `mtree` for mtree, `root` says one digest for the whole content and one for all
    metadata. Exit code 3 where something could not be examined; each such path is named on standard error.
    """
    found = scan(os.fsencode(folder), Nothing(), workers=workers())
    if form == "root":
        click.echo(f"content   {found.content_root}\nmetadata  {found.metadata_root}")
        click.echo(f"entries   {len(found):,}, of which files {found.files:,} with {found.bytes:,} bytes")
    else:
        sys.stdout.buffer.writelines(FORMS[form](found))
        sys.stdout.buffer.flush()
    for gap in found.gaps:
        click.echo(f"! {spell(gap.path)}: {gap.kind}, {gap.why}", err=True)
    sys.exit(_GAPS if found.gaps else 0)
