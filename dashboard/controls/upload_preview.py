"""The first examples of a visitor's own data, as the server has understood them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import streamlit as st

from dashboard.components.image_grid.image_grid import image_mosaic
from dashboard.text.foreign import in_markdown
from dashboard.text.i18n import _, _n
from models.data.uploads import upload
from models.data.uploads.names import show_names

_ROWS, _MOSAIC = 5, (2, 8)


def draw(arrays: Mapping[str, np.ndarray], meta: Mapping, page: str) -> None:
    """Draws the first examples of a set.

    Args:
        arrays: Of the set, as `Upload.arrays`.
        meta: What is known of it, as `Upload.meta`.
        page: The page's name.
    """
    if meta["kind"] == "points":
        st.markdown(_about_table(meta))
        st.dataframe(_first_rows(arrays, meta), hide_index=True)
        return
    st.markdown(_about_images(meta))
    rows, columns = _MOSAIC
    side = upload.SIDE
    shown = arrays["train"][: rows * columns].reshape(rows, columns, side, side)
    image_mosaic(
        shown,
        key=f"{page}.own.preview",
        alt=_("The first {count} images to learn from").format(count=rows * columns),
        pixels=side,
    )


def _first_rows(arrays: Mapping[str, np.ndarray], meta: Mapping) -> pd.DataFrame:
    """The beginning of a table; earlier versions have stored some with names that are the same."""
    classes = show_names(meta["class_names"], "class")
    taken = (_("class"),) if classes else ()
    columns = list(show_names(meta["column_names"], "column", taken))
    table = pd.DataFrame(arrays["values"][:_ROWS], columns=columns)
    if classes:
        table.insert(0, _("class"), [classes[label] for label in arrays["labels"][:_ROWS]])
    return table


def _about_table(meta: Mapping) -> str:
    text = _("**{title}**: {rows:,} rows, {columns} columns, {classes}")
    rows, columns = meta["sizes"]["values"], len(meta["column_names"])
    count = len(meta["class_names"])
    classes = _n("{count} class", "{count} classes", count) if count else _("no classes")
    return text.format(
        title=in_markdown(meta["title"]),
        rows=rows,
        columns=columns,
        classes=classes.format(count=count),
    )


def _about_images(meta: Mapping) -> str:
    text = _("**{title}**: {train:,} images to learn from, {held_out:,} held out; {classes}")
    names = show_names(meta["class_names"], "class")
    return text.format(
        title=in_markdown(meta["title"]),
        train=meta["sizes"]["train"],
        held_out=meta["sizes"]["held_out"],
        classes=_("classes: {names}").format(names=in_markdown(", ".join(names)))
        if len(names) > 1
        else _("no classes"),
    )
