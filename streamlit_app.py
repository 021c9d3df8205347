"""The server: `streamlit run streamlit_app.py`. `dashboard.server.navigation` lists the pages."""

import sys

# Before anything is imported that an older one cannot read.
if sys.version_info < (3, 11):  # noqa: UP036
    sys.exit(
        "Autoencoder Lab needs Python 3.11, 3.12 or 3.13; this is {}.{}. Make the environment anew "
        "with one of these, such as `python3.11 -m venv .venv`.".format(*sys.version_info)
    )

import streamlit as st

from dashboard.server import answers, connections, frames, headers, origins, proxies
from dashboard.server.lifespan import lifespan
from dashboard.server.routes import routes
from dashboard.session import uploaded_files, visitors

app = st.App(
    "dashboard/server/navigation.py",
    lifespan=lifespan,
    routes=routes(),
    middleware=[
        *connections.middleware(),
        *proxies.middleware(),
        *answers.middleware(),
        *headers.middleware(),
        *origins.middleware(),
        *frames.middleware(),
        *visitors.middleware(),
        *uploaded_files.middleware(),
    ],
)
