"""Downloads: what is kept of them, and what is said where one fails."""

import gzip
import hashlib
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from models.data import datasets, download, loading
from models.settings import Settings
from tests.support.files import npz
from tests.support.published import (
    ZIPPED,
    assert_same_images,
    files_below,
    idx,
    small_set,
    write_set,
)


@pytest.mark.parametrize("summed", ["zipped", "unzipped"])
def test_published_files_have_the_fingerprint_of_the_download(settings, monkeypatch, summed):
    folder = write_set(settings, "mnist", small_set())
    files = [(folder / name).read_bytes() for name in ZIPPED]
    contents = files if summed == "zipped" else [gzip.decompress(file) for file in files]
    without_folder = replace(settings, data_folder=None)
    true_sums = loading.fingerprint("mnist", 30, settings=without_folder)
    assert true_sums != loading.fingerprint("mnist", 30, settings=settings)
    sums = tuple(hashlib.md5(content).hexdigest() for content in contents)
    monkeypatch.setitem(download.PUBLISHED_MD5, "mnist", sums)
    published = loading.fingerprint("mnist", 30, settings=without_folder)
    assert true_sums != published == loading.fingerprint("mnist", 30, settings=settings)


def keras_npz(arrays):
    names = ("x_train", "y_train", "x_test", "y_test")
    return npz(**{name: a.astype(np.uint8) for name, a in zip(names, arrays, strict=True)})


class Server(ThreadingHTTPServer):
    """Serves the bytes in `files`; may cut answers short or never give one."""

    daemon_threads = True

    def __init__(self):
        self.files: dict[str, bytes] = {}
        self.cut_short = False
        self.silent = threading.Event()
        self.silent.set()
        super().__init__(("127.0.0.1", 0), Handler)


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.silent.wait(10)
        content = self.server.files.get(self.path.strip("/"))
        if content is None:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content[: len(content) // 2] if self.server.cut_short else content)

    def log_message(self, *arguments):
        pass


@pytest.fixture
def server(monkeypatch):
    """A server that publishes a small MNIST and a small Fashion-MNIST in Keras' layout."""
    files = {"mnist.npz": keras_npz(small_set())}
    files |= {n: gzip.compress(idx(a)) for n, a in zip(ZIPPED, small_set(), strict=True)}
    with Server() as server:
        server.files = files
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        monkeypatch.setattr(download, "_ORIGIN", f"http://127.0.0.1:{server.server_port}/")
        for name, downloads in download._DOWNLOADS.items():
            sums = [(file, hashlib.sha256(files[file]).hexdigest()) for file, _ in downloads]
            monkeypatch.setitem(download._DOWNLOADS, name, tuple(sums))
        yield server
        server.silent.set()
        server.shutdown()
        thread.join()


DOWNLOADABLE = ["mnist", "fashion_mnist"]


@pytest.mark.tensorflow
@pytest.mark.parametrize("name", DOWNLOADABLE)
def test_download_is_kept_in_the_cache(settings, server, name):
    before = loading.fingerprint(name, 30, settings=settings)
    loaded = loading.load(name, 30, settings=settings, download=True)
    assert_same_images(loaded, small_set())
    assert before == loaded.fingerprint == loading.fingerprint(name, 30, settings=settings)
    assert len(files_below(settings.cache_folder)) == 1
    assert loading.available(name, settings)
    server.files.clear()
    loading._images.cache_clear()
    again = loading.load(name, 30, settings=settings)
    np.testing.assert_array_equal(again.train, loaded.train)


@pytest.mark.tensorflow
@pytest.mark.parametrize("name", DOWNLOADABLE)
def test_damaged_download_is_fetched_again(settings, server, name):
    loading.load(name, 30, settings=settings, download=True)
    (path,) = files_below(settings.cache_folder)
    path.write_bytes(path.read_bytes()[:1_000])
    loading._images.cache_clear()
    assert not loading.available(name, settings)
    with pytest.raises(datasets.DataError, match="must download"):
        loading.load(name, 30, settings=settings)
    loaded = loading.load(name, 30, settings=settings, download=True)
    assert_same_images(loaded, small_set())


def assert_download_fails(settings, name, reason):
    with pytest.raises(datasets.DataError, match=reason) as caught:
        loading.load(name, 30, settings=settings, download=True)
    message = str(caught.value)
    assert "could not be downloaded" in message
    assert f"{settings.data_folder}/{name}/" in message and "'digits'" in message
    assert files_below(settings.cache_folder) == []
    assert not loading.available(name, settings)


@pytest.mark.tensorflow
@pytest.mark.parametrize("name", DOWNLOADABLE)
def test_server_without_the_file(settings, server, name):
    server.files.clear()
    assert_download_fails(settings, name, "404")


@pytest.mark.tensorflow
def test_last_of_four_files_missing(settings, server):
    del server.files[ZIPPED[3]]
    assert_download_fails(settings, "fashion_mnist", "404")


@pytest.mark.tensorflow
@pytest.mark.parametrize("name", DOWNLOADABLE)
def test_truncated_answer(settings, server, name):
    server.cut_short = True
    assert_download_fails(settings, name, "retrieval incomplete")


@pytest.mark.tensorflow
@pytest.mark.parametrize("name", DOWNLOADABLE)
def test_answer_with_another_content(settings, server, name):
    server.files = dict.fromkeys(server.files, b"<html>Please log in to the school network</html>")
    assert_download_fails(settings, name, "hash does not match")


@pytest.mark.tensorflow
def test_right_checksum_but_not_the_promised_arrays(settings, server, monkeypatch):
    wrong = keras_npz([array[:9] for array in small_set()[:3]] + [np.zeros(3)])
    server.files["mnist.npz"] = wrong
    sums = (("mnist.npz", hashlib.sha256(wrong).hexdigest()),)
    monkeypatch.setitem(download._DOWNLOADS, "mnist", sums)
    assert_download_fails(settings, "mnist", "expected bytes of shape")


def test_connection_refused(settings, monkeypatch):
    monkeypatch.setattr(download, "_ORIGIN", "http://127.0.0.1:1/")
    assert_download_fails(settings, "mnist", "refused")


@pytest.mark.tensorflow
def test_silent_server_is_given_up(settings, server, monkeypatch):
    server.silent.clear()
    monkeypatch.setattr(download, "STALL_SECONDS", 0.2)
    assert_download_fails(settings, "mnist", "nothing was received for 0.2 seconds")
    server.silent.set()
    for thread in threading.enumerate():
        if thread.name == "download":
            thread.join(10)
    assert files_below(settings.cache_folder) == []


@pytest.mark.tensorflow
def test_download_that_cannot_be_kept(tmp_path, server):
    (tmp_path / "a_file").write_text("not a folder")
    settings = Settings(cache_folder=tmp_path / "a_file" / "cache", data_folder=None)
    with pytest.raises(datasets.DataError, match=r"cannot be kept.*AUTOENCODER_LAB_CACHE"):
        loading.load("mnist", 30, settings=settings, download=True)
