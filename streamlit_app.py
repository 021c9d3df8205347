"""The server: `streamlit run streamlit_app.py`. Pages are listed in dashboard/contents.py."""

import streamlit as st

from dashboard import server

app = st.App("dashboard/contents.py", lifespan=server.lifespan, routes=server.routes())
