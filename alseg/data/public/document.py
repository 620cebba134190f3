"""``python -m alseg.data.public.document docs/data.md conf/data/README.md``: the pages that are made of the descriptions."""

from __future__ import annotations

import sys
from pathlib import Path

from alseg.data.public.catalogue import markdown
from alseg.data.public.registry import datasets

HEAD = """# Data sets

[Images without labels](unlabelled.md), and folders without a table, have a page of their own. Here:
[your own table](#your-own-table), [masks](#masks), [shapes](#shapes), [near-duplicates](#near-duplicates), [your own volumes and
masks in many files](#your-own-volumes), then [public data sets](#public-data-sets).

## Your own table

`manifest.csv` may come from a spreadsheet program: parted by commas, semicolons or tabs (then `0,5` is a number too), in
UTF-8 or UTF-16, with `sep=;` before it, with empty rows and columns. What such a program broke is reported with its line:
a text that is not UTF-8, an id that became `1.23457E+12`, a formula that failed, a `Split` that should be `split`. Leading zeros
that are gone (`7` for `007`) and ids that became dates cannot be recognised: format such columns as text before you type into
them.

Names of files are relative to the folder, with `/` or `\\`; an `ä` may be of one character or of two (macOS), and the error for
a missing file suggests the one whose name is nearest. Rows that name the same image and no group are one group.

Columns besides `id,image,mask,label,group,split,spacing_y,spacing_x,cost` are metadata: `site`, `stain`, `age`, whatever you know
of your images. They change nothing; run pages, query tables, the map (`callbacks.map.colour=site`) and the report show them, and
`alseg report RUNS --out DIR --by site` says which kinds of images a strategy picks and how good the model is on each.

No name in a table and no symbolic link in the folder may lead out of the folder, for with one the data set of somebody else
could show, copy and pass on any file of your computer. Where you trust the links (those of DVC, git-annex or a
store of images), `data.follow_links=true` follows them; `alseg data check`, `convert` and `index` take `--follow-links`. The folder
itself and `manifest.csv` may always be links.

## Masks

A mask holds class ids, 0 for the background, and 255 for pixels that nobody annotated, which count in no training and no
metric; or it is black and white, with 255 (or the 1 of a file of 1 bit) for the foreground. Which of the two holds is decided by
all masks of a data set together, where they leave no doubt; a file is named here by the values that it holds.

| files | 255 is |
|---|---|
| `{0,255}`, beside it only `{0}` and files of 1 bit | the foreground, class 1 |
| any with 255 beside a class id, such as `{0,1,255}` | not annotated, in all files |
| any with a class id above 1, such as `{0,1,2}` beside `{0,255}` | not annotated, in all files |
| any of `{255}` alone, and none with a class id | asked |
| `{0,1}` beside `{0,255}` or `{255}`, and none of the above | asked |

Where it is asked, the line names a file and the answers: `data.mask_255=foreground`, `data.mask_255=ignored`, or
`data.mask_255=ignored_if_alone`, the foreground except in files that hold nothing else. For `oracle=column` the setting is
`oracle.mask_255`, for `alseg data check` it is `--mask-255`. A run says how many pixels are ignored, with a warning if it is
more than half of them, and which class no mask shows.

## Shapes

All images are brought to `data.size`. `data.fit=stretch` changes their aspect ratio (in pixels, whatever the spacing) where it is
another one. `data.fit=pad` keeps it and all of the image, with black around; the mask is 255 there, so that padding counts in
no loss, Dice or distance, and scores of a query are of the rest alone. Features, of embeddings too, are of the padded image.
`data.fit=crop` keeps it and the largest part about the centre; what lies beyond is lost. Masks, the answers of `oracle=column`
and the size of a pixel follow. `alseg data check PATH --size N --fit pad` prints the result.

## Near-duplicates

```sh
alseg data check mine --duplicates                              # images that are the same, or nearly
alseg data check mine --duplicates .99 --write-groups new.csv   # and a manifest in which they share a group
```

The same image twice, under two names or two labels, is trained on and tested. Those pairs of images are reported whose
grey thumbnails of 32x32 pixels correlate by more than .995 (or the number that you give), or whose files are the same, and
how many of them lie in different groups, splits and classes. Turned and mirrored copies are not found. Neighbouring frames
of a film are near-duplicates too: they should share a group, so a pair across groups is worth a look and a pair within is
none. `--write-groups` joins groups that have near-duplicates in common and copies all else; look at the pairs before you use
it, for pictures of low contrast can be alike and of two people. In the breast ultrasound of BUSI, at 128 pixels, 110 pairs
are found (six of two classes); in tiles of LC25000, slices of ACDC and single nuclei only files that are there twice; in
chest X-rays and stained nuclei none. Ten thousand images take seconds to compare once they are read; the time grows with
the square of their number, the memory does not.

## Your own volumes

```sh
alseg data convert mine --to slices                          # DICOM, NIfTI and TIFF to a data set of slices
alseg data convert mine --to slices --window -160 240        # grey values in Hounsfield units: soft tissue
alseg data convert mine --to slices --only-annotated         # without slices that are only background
alseg data convert mine --to slices --join any               # several mask files per image become one
alseg data check slices
alseg run data=folder data.root=slices
```

`mine/manifest.csv` has a row per volume, in the usual columns (`id,image,mask,group` or `id,image,label,group`; `split`,
`cost`, `spacing_y`, `spacing_x` and others as you like). An image or a mask is a folder with the DICOM files of one series, a
DICOM file (also of several frames), a NIfTI file, a TIFF of one page or many, or a picture
([formats](formats.md)). Without a manifest, `mine/images`
and `mine/masks` hold files of the same names (`NAME_mask` and `NAME_seg` will do for masks); each volume is then a group
of its own, so where a patient has several volumes write the manifest.

`slices` gets a row per slice, with `volume` and `slice` as columns and everything else copied; `cost` is shared by the
slices of a volume, and pixel sizes come from the files where the manifest states none. Images of 8 bits stay as they are;
others go through the window, or from the half to the 99.5th percentile of their volume. NIfTI is turned to the patient's
axes and cut in `--plane axial`, `coronal` or `sagittal`. A DICOM series is sorted by the positions of its slices (by
instance numbers where they are not stated) and cut as it is stored. So image and mask must be of the same format, unless
each is a single slice and neither is NIfTI, or one is a DICOM series, the other a DICOM file of several frames, and both
state their place in the patient. Pixel size and place must be the same where both state them. Nothing is kept of a
conversion that fails.

Where an image has several mask files, such as one for each nucleus, lung or organ, `--join` makes one of them. `--join any`:
255 where any is set (that is, not 0: 0 and 1, 0 and 255, or a number for each object, of 16 bits too), else 0. `--join class`:
class ids from 1 by the names of the files, sorted; `--classes lesion,organ` states their order, and where masks overlap the
later class wins (without it none may overlap). The number of pixels that overlap is printed. The files of an image are

- in the manifest: a cell `masks/a_1.png; masks/a_2.png`, or a folder that holds them;
- without one, by their names: `images/NAME.png` with `masks/NAME/*.png`, `masks/NAME_mask.png`, `masks/NAME_mask_1.png` or
  `leftMask/NAME.png` and `rightMask/NAME.png`; or a folder for each image, `NAME/images/*.png` with `NAME/masks/*.png`.

A class is what else the name says: `masks/NAME/lesion_2.png`, `masks/NAME_lesion.png` and `lesion/NAME.png` are lesions. An image
without any mask file is refused: give it an empty one if nothing is there. So is a mask that holds 255 beside class ids,
where 255 may mean that nobody annotated.

## Public data sets

This page is made from the descriptions in `alseg/data/public/sets/`: `python -m alseg.data.public.document docs/data.md
conf/data/README.md`.

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

Volumes become slices, with the column `volume`; the group is the volume, or the person where that is known.

`confirmed` below are facts that were looked up, with their source; `not confirmed` are those from memory, inferred, or stated
by nobody.
Where people may be in several groups, an accuracy may be too good: `alseg data check NAME --duplicates` finds near-duplicates.

"""


CHOICES_HEAD = """# Choices of `data`

`folder.yaml` is for your own images, the phantoms are made on the spot. The public data sets below have no file here: each
is `base/public.yaml` with its name and what its description in `alseg/data/public/sets/` sets (`alseg run --cfg job
data=NAME` shows it all). A file `NAME.yaml` in this folder would take the place of one.

| data= | what it is |
|---|---|
"""


def page() -> str:
    """``docs/data.md``: on own volumes, and on all public data sets."""
    return HEAD + markdown(list(datasets().values()))


def choices() -> str:
    """``conf/data/README.md``: the public data sets as choices of the config group."""
    return CHOICES_HEAD + "".join(f"| {name} | {dataset.title} |\n" for name, dataset in datasets().items())


if __name__ == "__main__":
    for place, text in zip(sys.argv[1:], (page(), choices())):
        Path(place).write_text(text, encoding="utf-8")
