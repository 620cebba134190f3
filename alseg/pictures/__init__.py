"""Small pictures: contact sheets, outlines, thumbnails."""

from typing import TYPE_CHECKING

from alseg import lazily

if TYPE_CHECKING:
    from alseg.pictures.contact_sheet import ContactSheet, read_contact_sheet
    from alseg.pictures.outlines import outlined
    from alseg.pictures.thumbnails import Sheets
else:
    __getattr__, __dir__ = lazily(__name__)

__all__ = [
    "ContactSheet",
    "Sheets",
    "outlined",
    "read_contact_sheet",
]
