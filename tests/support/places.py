"""Where the repository is, and the pages in it."""

from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
PAGES = sorted((REPOSITORY / "pages").glob("*.py"))
