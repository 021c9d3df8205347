"""A stranger's web server, which notes who asks it for something."""

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Stranger(ThreadingHTTPServer):
    """Answers everything with one page.

    Attributes:
        page: Its HTML.
        asked: The paths that somebody asked for.
    """

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Answering)
        self.page, self.asked = "", []

    @property
    def address(self):
        return f"http://127.0.0.1:{self.server_port}"


class _Answering(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.append(self.path)
        content = self.server.page.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Access-Control-Allow-Origin", "*")
        self.end_headers()
        self.wfile.write(content)

    do_POST = do_GET

    def log_message(self, *_arguments):
        pass


@contextmanager
def listening():
    """A stranger's server that runs."""
    with Stranger() as stranger:
        threading.Thread(target=stranger.serve_forever, daemon=True).start()
        yield stranger
        stranger.shutdown()
