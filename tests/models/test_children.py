"""What a child process learns of this one."""

from models import settings
from models.children import child_environment

SECRETS = {
    "AUTOENCODER_LAB_TEACHER_PASSWORD": "a password",
    "AUTOENCODER_LAB_DATABASE": "postgresql+psycopg://lab:secret@db/lab",
    "AUTOENCODER_LAB_SCHEDULER": "tls://lab:8786",
    "AWS_SECRET_ACCESS_KEY": "somebody else's",
    "LAB_COOKIE_SECRET": "the proxy's",
}
NEEDED = {
    "PATH": "/bin",
    "TF_NUM_INTRAOP_THREADS": "1",
    "AUTOENCODER_LAB_RUNS": "/runs",
    "AUTOENCODER_LAB_CACHE": "/cache",
    "AUTOENCODER_LAB_UPLOADS": "/uploads",
    "AUTOENCODER_LAB_MAX_PARAMETERS": "1000",
}


def test_it_gets_what_it_needs_and_no_secret():
    assert child_environment(SECRETS | NEEDED) == NEEDED


def test_it_reads_the_same_folders_and_limits():
    ours = settings.from_environment(SECRETS | NEEDED)
    its = settings.from_environment(child_environment(SECRETS | NEEDED))
    assert repr(its) == repr(ours), "but for the texts, which repr never shows"
    assert its.teacher_password == its.database == ""
