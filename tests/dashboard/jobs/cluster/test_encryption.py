"""Certificates, and who may do without."""

import stat

import pytest
from cryptography import x509

from dashboard.jobs.cluster import encryption
from dashboard.jobs.dispatcher import Dispatcher
from models import settings


@pytest.fixture
def folder(tmp_path):
    encryption.make_certificates(tmp_path / "certificates")
    return tmp_path / "certificates"


def test_nobody_else_can_read_them(folder):
    found = [folder, *folder.iterdir()]
    assert len(found) == 4
    assert all(stat.S_IMODE(one.stat().st_mode) & 0o077 == 0 for one in found)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_those_that_are_there_stay(folder):
    before = (folder / "tls.key").read_bytes()
    with pytest.raises(FileExistsError):
        encryption.make_certificates(folder)
    assert (folder / "tls.key").read_bytes() == before


def test_no_two_are_alike(folder, tmp_path):
    encryption.make_certificates(tmp_path / "others")
    for name in encryption.FILES:
        assert (folder / name).read_bytes() != (tmp_path / "others" / name).read_bytes()


def test_they_are_valid_however_wrong_a_clock_is(folder):
    certificate = x509.load_pem_x509_certificate((folder / "tls.crt").read_bytes())
    assert certificate.not_valid_before_utc.year == 1970
    assert certificate.not_valid_after_utc.isoformat() == "9999-12-31T23:59:59+00:00"


def machine(**texts):
    return settings.from_environment(
        {f"AUTOENCODER_LAB_{name}": str(text) for name, text in texts.items()}
    )


def test_a_cluster_has_certificates_or_its_operator_s_word(folder, store):
    asked = machine(SCHEDULER="tls://lab:8786", CERTIFICATES=folder)
    assert encryption.certificates_for("tls://lab:8786", asked) == folder
    Dispatcher(store, asked)
    plain = machine(SCHEDULER="tcp://lab:8786", PLAIN_SCHEDULER="1")
    assert encryption.certificates_for("tcp://lab:8786", plain) is None
    Dispatcher(store, plain)


@pytest.mark.parametrize(
    ("texts", "word"),
    [
        ({"SCHEDULER": "tcp://lab:8786"}, "PLAIN_SCHEDULER=1 allows tcp"),
        ({"SCHEDULER": "tcp://lab:8786", "PLAIN_SCHEDULER": "0"}, "has no TLS"),
        ({"SCHEDULER": "tls://lab:8786"}, "CERTIFICATES is not set"),
        ({"SCHEDULER": "tls://lab:8786", "PLAIN_SCHEDULER": "1"}, "CERTIFICATES is not set"),
        ({"SCHEDULER": "tls://lab:8786", "CERTIFICATES": "/nowhere"}, "tls.crt, tls.key"),
    ],
)
def test_a_cluster_without_is_refused_with_the_way_on(texts, word, store):
    with pytest.raises(settings.SettingError, match=word) as refused:
        Dispatcher(store, machine(**texts))
    assert encryption.MAKE in str(refused.value)
