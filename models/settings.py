"""What a teacher may set on this machine: folders, network address and protective limits.

Every setting is one environment variable, read once by `current()`. Limits exist so that one
student cannot occupy the machine; whoever runs it at home can raise them.
"""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

MOST = 10**9
"""More is no limit to anybody, and nothing has to reckon with it."""


class SettingError(ValueError):
    """An environment variable holds a value that cannot be used; the message says what can."""


def _setting(
    variable: str,
    default: Any,
    help: str,
    minimum: int | None = None,
    maximum: int = MOST,
    pattern: str | None = None,
    is_secret: bool = False,
    parse: Callable[[str], object] = str,
) -> Any:
    """One setting: a whole number if it has a minimum, a text, never shown, if its default is
    one, else a path. A text that is not empty has to match the pattern, and `parse` must not
    raise ValueError; a secret one is in no message."""
    about: dict[str, Any] = {"variable": variable, "help": help, "minimum": minimum}
    about |= {"maximum": maximum, "pattern": pattern, "is_secret": is_secret, "parse": parse}
    return field(default=default, metadata=about, repr=not isinstance(default, str))


def _networks(text: str) -> list[str]:
    return [str(ipaddress.ip_network(one.strip())) for one in text.split(",") if text]


@dataclass(frozen=True)
class Settings:
    """The machine's settings; sizes in megabytes (10**6 bytes), times in seconds."""

    runs_folder: Path = _setting(
        "AUTOENCODER_LAB_RUNS", Path("~/.autoencoder-lab/runs"), "folder of the stored runs"
    )
    cache_folder: Path = _setting(
        "AUTOENCODER_LAB_CACHE",
        Path("~/.autoencoder-lab/cache"),
        "folder of downloaded and parsed data sets",
    )
    data_folder: Path | None = _setting(
        "AUTOENCODER_LAB_DATA",
        None,
        "offline folder of IDX files, one subfolder per data set",
    )
    uploads_folder: Path = _setting(
        "AUTOENCODER_LAB_UPLOADS",
        Path("~/.autoencoder-lab/uploads"),
        "folder of visitors' own data",
    )
    max_upload_megabytes: int = _setting(
        "AUTOENCODER_LAB_MAX_UPLOAD_MB", 20, "size of one uploaded file; 0 allows none", 0
    )
    max_unpacked_megabytes: int = _setting(
        "AUTOENCODER_LAB_MAX_UNPACKED_MB",
        200,
        "size of what an uploaded file unpacks to",
        1,
        10_000_000,  # the time that this may take is waited for in milliseconds of 32 bits
    )
    max_upload_examples: int = _setting(
        "AUTOENCODER_LAB_MAX_UPLOAD_EXAMPLES", 20_000, "rows or images of one uploaded set", 20
    )
    max_uploads_megabytes: int = _setting(
        "AUTOENCODER_LAB_MAX_UPLOADS_MB",
        500,
        "size of all visitors' own data; those of whoever holds most go first",
        10,
    )
    max_coming_megabytes: int = _setting(
        "AUTOENCODER_LAB_MAX_COMING_MB",
        300,
        "memory for all files that are being uploaded, and again for those that are looked at and "
        "not chosen yet",
        1,
    )
    upload_days: int = _setting(
        "AUTOENCODER_LAB_UPLOAD_DAYS",
        30,
        "days without use after which own data and the runs on them are erased",
        1,
        36_500,
    )
    log_file: Path | None = _setting(
        "AUTOENCODER_LAB_LOG",
        None,
        "file to which events are appended, one JSON object a line (/dev/stderr: the terminal)",
    )
    max_store_megabytes: int = _setting(
        "AUTOENCODER_LAB_MAX_STORE_MB", 2_000, "size of the run store before eviction", 50
    )
    max_parameters: int = _setting(
        "AUTOENCODER_LAB_MAX_PARAMETERS", 5_000_000, "parameters of one autoencoder", 100
    )
    max_seconds: int = _setting(
        "AUTOENCODER_LAB_MAX_SECONDS", 1_800, "estimated training time of one run", 5
    )
    max_epochs: int = _setting("AUTOENCODER_LAB_MAX_EPOCHS", 5_000, "epochs of one run", 1)
    max_examples: int = _setting(
        "AUTOENCODER_LAB_MAX_EXAMPLES", 60_000, "training examples of one run", 10
    )
    max_run_megabytes: int = _setting(
        "AUTOENCODER_LAB_MAX_RUN_MB", 400, "size of one run's files, as estimated before", 10
    )
    max_memory_megabytes: int = _setting(
        "AUTOENCODER_LAB_MAX_MEMORY_MB",
        0,
        "memory that one training may take, as estimated before; 0: three quarters of this "
        "machine's, divided by the training processes, at most AUTOENCODER_LAB_WORKER_MB and at "
        "least 1500",
        0,
    )
    max_branch_megabytes: int = _setting(
        "AUTOENCODER_LAB_MAX_BRANCH_MB",
        150,
        "size of one run's states from which a training may branch off",
        0,
    )
    train_ahead: int = _setting(
        "AUTOENCODER_LAB_TRAIN_AHEAD",
        100,
        "lessons, in page order, whose default run is trained when the server starts",
        0,
    )
    max_waiting: int = _setting(
        "AUTOENCODER_LAB_MAX_WAITING", 5, "runs of one visitor that may wait at once", 1
    )
    max_waiting_behind: int = _setting(
        "AUTOENCODER_LAB_MAX_WAITING_COMPARED",
        20,
        "runs of one visitor's comparisons over several seeds that may wait at once, behind all "
        "others; one comparison has 10 at most",
        1,
    )
    abandon_seconds: int = _setting(
        "AUTOENCODER_LAB_ABANDON_SECONDS",
        300,
        "seconds after which a run that no visitor looks at is ended",
        60,
    )
    workers: int = _setting("AUTOENCODER_LAB_WORKERS", 1, "training processes", 1, 256)
    worker_megabytes: int = _setting(
        "AUTOENCODER_LAB_WORKER_MB",
        4_000,
        "memory after which a training process is replaced between runs; amid a run at half as "
        "much again",
        500,
    )
    scheduler: str = _setting(
        "AUTOENCODER_LAB_SCHEDULER",
        "",
        "address of a Dask scheduler, such as tls://scheduler:8786, whose workers train instead of "
        "processes of the server's own",
        pattern=r"(tcp|tls)://[^\s/]+:\d{1,5}",
        parse=lambda text: urlsplit(text).port,
    )
    certificates_folder: Path | None = _setting(
        "AUTOENCODER_LAB_CERTIFICATES",
        None,
        "folder of the certificates by which web servers, scheduler and workers know each other",
    )
    plain_scheduler: int = _setting(
        "AUTOENCODER_LAB_PLAIN_SCHEDULER",
        0,
        "1 allows a scheduler at tcp://, where whoever reaches its port runs code on the workers",
        0,
        1,
    )
    max_connections: int = _setting(
        "AUTOENCODER_LAB_MAX_CONNECTIONS",
        2_000,
        "open connections with browsers; beyond them only /livez and /healthz are answered",
        50,
        1_000_000,
    )
    database: str = _setting(
        "AUTOENCODER_LAB_DATABASE",
        "",
        "address of the database of the classroom wall and the queue, such as "
        "postgresql+psycopg://USER:PASSWORD@HOST/NAME; without one a file beside the run store",
        pattern=r"(sqlite|postgresql\+psycopg)://\S+",
        is_secret=True,
    )
    niceness: int = _setting(
        "AUTOENCODER_LAB_NICENESS",
        10,
        "how far training processes stand back behind the web server, up to 19; 0: not at all",
        0,
        19,
    )
    teacher_password: str = _setting(
        "AUTOENCODER_LAB_TEACHER_PASSWORD",
        "",
        "password of the page that manages all runs, of at least 8 characters",
        pattern=r"(?s).{8,}",
        is_secret=True,
    )
    frame_ancestors: str = _setting(
        "AUTOENCODER_LAB_FRAME_ANCESTORS",
        "'self'",
        "addresses whose pages may show the lab in a frame, such as 'self' https://moodle.school",
        pattern=r"'none'|('self'|https?://[\w.*:-]+)( ('self'|https?://[\w.*:-]+))*",
    )
    proxies: str = _setting(
        "AUTOENCODER_LAB_PROXIES",
        "",
        "addresses or networks of the proxies in front, such as 127.0.0.1, 172.16.0.0/12",
        parse=_networks,
    )
    hang_seconds: int = _setting(
        "AUTOENCODER_LAB_HANG_SECONDS",
        300,
        "seconds without progress after which a training process is replaced",
        60,
    )

    @property
    def max_store_bytes(self) -> int:
        return self.max_store_megabytes * 10**6

    @property
    def proxy_addresses(self) -> list[str]:
        """Networks whose `X-Forwarded-For` is believed."""
        return _networks(self.proxies)


def variable(name: str) -> str:
    """The environment variable of the setting of that name, for messages."""
    (found,) = (item.metadata["variable"] for item in fields(Settings) if item.name == name)
    return found


def from_environment(environment: Mapping[str, str]) -> Settings:
    """Reads the settings from environment variables.

    Args:
        environment: Names and values, such as `os.environ`. An empty value counts as unset.

    Raises:
        SettingError: If a number is not a whole number between its bounds, or a text is not
            what it must be.
    """
    values: dict[str, Any] = {}
    for item in fields(Settings):
        variable, minimum = item.metadata["variable"], item.metadata["minimum"]
        text = environment.get(variable, "").strip()
        if isinstance(item.default, str):
            values[item.name] = _text(text, item.metadata) or item.default
        elif minimum is None:
            path = Path(text) if text else item.default
            values[item.name] = path.expanduser().absolute() if isinstance(path, Path) else None
        elif text:
            values[item.name] = _whole_number(text, item.metadata)
    return Settings(**values)


def _text(text: str, about: Mapping[str, Any]) -> str:
    if text and not _is_usable(text, about):
        shown = "" if about["is_secret"] else f"={text!r}"
        raise SettingError(
            f"{about['variable']}{shown} cannot be used: it must be the {about['help']}. "
            "Correct it or unset it, then start again."
        )
    return text


def _is_usable(text: str, about: Mapping[str, Any]) -> bool:
    try:
        about["parse"](text)
    except ValueError:
        return False
    return about["pattern"] is None or re.fullmatch(about["pattern"], text) is not None


def _whole_number(text: str, about: Mapping[str, Any]) -> int:
    least, most = about["minimum"], about["maximum"]
    is_number = re.fullmatch(r"[0-9]{1,18}", text)  # of 5,000 digits Python would read none
    if not (is_number and least <= int(text) <= most):
        shown = text if len(text) <= 40 else f"{text[:40]}…"
        raise SettingError(
            f"{about['variable']}={shown!r} cannot be used: it must be a whole number of at least "
            f"{least} and at most {most}. Correct it or unset it, then start again."
        )
    return int(text)


@cache
def current() -> Settings:
    """The settings of this process, read from its environment at the first call."""
    return from_environment(os.environ)
