"""``python -m alseg.data.public.document docs/data.md``: the page on the public data sets, from their descriptions."""

from __future__ import annotations

import sys
from pathlib import Path

from alseg.data.public.catalogue import markdown
from alseg.data.public.registry import datasets

HEAD = """# Public data sets

This page is made from the descriptions in `alseg/data/public/`: `python -m alseg.data.public.document docs/data.md`.

```sh
alseg data list                    # the table below
alseg data get montgomery          # shows source, licence and citation, asks, downloads, converts, verifies
alseg run data=montgomery          # and it is used
alseg data check montgomery        # what is in it
```

A data set lands in `$ALSEG_DATA_HOME/NAME` (by default `~/.local/share/alseg/NAME`; `--to DIR` puts it elsewhere, and
`data.root=DIR` finds it there) as a folder with `manifest.csv`, like your own. Downloads are kept in
`$ALSEG_DATA_HOME/downloads/NAME`, go on where they stopped, and may be removed afterwards. Without a network:
`--from DIR`, a folder with the publisher's files, packed or unpacked; or `ALSEG_DATA_MIRROR`, a URL with `NAME/FILE`
below it. Proxies are those of the environment. A checksum is the publisher's where one is stated; else that of the first
download, which the next one must match. Counts are compared with the publisher's: where they differ, nothing is kept
unless you add `--accept-differences`. A dash in the table means that the publisher states nothing.

Volumes become slices, and the volume is the group.

"""


def page() -> str:
    """The whole page."""
    return HEAD + markdown(list(datasets().values()))


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(), encoding="utf-8")
