"""What of a browser's messages Streamlit gets to see. On a real server:
tests/attacks/test_messages.py."""

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg

from dashboard.server import messages
from dashboard.server.messages import BURST, PACE, MessageError, Pace, is_answered


def message(**parts):
    return BackMsg(**parts).SerializeToString()


def files(count):
    return message(file_urls_request={"file_names": ["a.csv"] * count})


def rerun(**parts):
    return message(rerun_script=parts)


@pytest.mark.parametrize(
    "data",
    [
        rerun(query_string="a=b"),
        rerun(widget_states={"widgets": [{"id": "a"}] * 300}),
        files(1),
        message(stop_script=True),
        message(app_heartbeat=True),
        message(backend_operation_request={"deferred_file": {"file_id": "a"}}),
        b"no message",  # Streamlit says so
    ],
)
def test_what_pages_send_is_answered(data):
    assert is_answered(data)


@pytest.mark.parametrize(
    "data",
    [
        message(clear_cache=True),
        message(set_run_on_save=True),
        message(load_git_info=True),
        message(debug_shutdown_runtime=True),
        message(backend_operation_request={"install_skills": {}}),
        message(backend_operation_request={}),
        message(),
    ],
)
def test_what_is_for_streamlit_s_developers_is_not(data):
    assert not is_answered(data)


@pytest.mark.parametrize(
    ("of", "most"),
    [
        (files, messages.MOST_FILES),
        (lambda count: rerun(widget_states={"widgets": [{}] * count}), messages.MOST_WIDGETS),
        (lambda count: rerun(cached_message_hashes=["a"] * count), messages.MOST_HASHES),
    ],
)
def test_a_message_has_an_end(of, most):
    assert is_answered(of(most))
    with pytest.raises(MessageError, match=rf"{most + 1} .*at most {most}"):
        is_answered(of(most + 1))


def test_all_kinds_of_streamlit_s_messages_are_judged():
    """A new version may have more, which somebody has to look at."""
    kinds = {field.name for field in BackMsg.DESCRIPTOR.oneofs_by_name["type"].fields}
    refused = {"clear_cache", "set_run_on_save", "load_git_info"}
    refused |= {"debug_disconnect_websocket", "debug_shutdown_runtime"}
    assert kinds == messages._KINDS | refused | {"backend_operation_request"}


def test_a_burst_is_read_at_once_and_the_rest_at_a_pace():
    now = 0.0
    pace = Pace(lambda: now)
    waits = [pace.wait_for_next() for _ in range(BURST + 20)]
    assert waits[:BURST] == [0.0] * BURST
    assert waits[-1] == pytest.approx(20 / PACE)
    now = 100.0
    assert [pace.wait_for_next() for _ in range(BURST)] == [0.0] * BURST, "after a pause, again"
    assert pace.wait_for_next() > 0
