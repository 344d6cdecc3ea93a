"""`ragguide index list` and `show`: what indexes there are, and what one contains."""

from ragguide.cli.elsewhere import other_folders
from ragguide.cli.index.lines import index_line, view_lines
from ragguide.cli.index.options import IndexArgument
from ragguide.cli.options import AsJson, IndexesDir, StoreUrl
from ragguide.cli.render import print_json
from ragguide.config import load_settings


def list_command(
    indexes_dir: IndexesDir = None, store: StoreUrl = None, as_json: AsJson = False
) -> None:
    """List the indexes, one per line, also in your other folders.

    With --indexes-dir, list only the indexes in that folder.
    """
    from ragguide.index.overview import list_rows
    from ragguide.index.stores.choose import place_of, stores_of

    settings = load_settings({"indexes_dir": indexes_dir, "store": store})
    others = [] if indexes_dir or settings.store else other_folders(settings)
    if as_json:
        for each in (settings, *others):
            for row in list_rows(stores_of(each), settings.reader):
                print_json(row)
        return
    rows = list_rows(stores_of(settings), settings.reader)
    if not rows:
        print(f"No indexes in {place_of(settings)}. Create one: ragguide ingest YOUR.pdf")
    for row in rows:
        print(index_line(row))
    for other in others:
        print(f"\nin {other.indexes_dir} (--indexes-dir):")
        for row in list_rows(stores_of(other), settings.reader):
            print(index_line(row))


def show(
    name: IndexArgument = None,
    indexes_dir: IndexesDir = None,
    store: StoreUrl = None,
    as_json: AsJson = False,
) -> None:
    """Show the generations, documents, embedder, vector index and files of an index."""
    from ragguide.index.overview import view
    from ragguide.index.stores.choose import store_of

    settings = load_settings({"index": name, "indexes_dir": indexes_dir, "store": store})
    seen = view(store_of(settings), settings.reader)
    if as_json:
        print_json(seen)
        return
    print("\n".join(view_lines(seen)))
