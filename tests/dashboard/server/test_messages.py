"""What of a browser's messages Streamlit gets to see. On a real server:
tests/attacks/test_messages.py."""

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.runtime.state import common, session_state

from dashboard.server import messages
from dashboard.server.messages import Kind, MessageError, judge

WIDGET = {"id": "$$ID-0-linear.seed", "double_value": 1.0}


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
        rerun(widget_states={"widgets": [WIDGET] * 300}),
        files(1),
        message(stop_script=True),
        message(app_heartbeat=True),
        message(backend_operation_request={"deferred_file": {"file_id": "a"}}),
        b"no message",  # Streamlit says so
    ],
)
def test_what_pages_send_judge(data):
    assert judge(data) is not Kind.UNANSWERED


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
    assert judge(data) is Kind.UNANSWERED


@pytest.mark.parametrize(
    ("of", "most"),
    [
        (files, messages.MOST_FILES),
        (lambda count: rerun(widget_states={"widgets": [WIDGET] * count}), messages.MOST_WIDGETS),
        (lambda count: rerun(cached_message_hashes=["a"] * count), messages.MOST_HASHES),
    ],
)
def test_a_message_has_an_end(of, most):
    assert judge(of(most))
    with pytest.raises(MessageError, match=rf"{most + 1} .*at most {most}"):
        judge(of(most + 1))


def test_a_whole_page_costs_more_than_a_part_of_one():
    assert judge(rerun(query_string="a=b")) is Kind.PAGE
    assert judge(rerun(fragment_id="a")) is judge(message(app_heartbeat=True)) is Kind.SMALL


def test_a_message_is_of_bounded_length():
    with pytest.raises(MessageError, match="bytes"):
        judge(rerun(query_string="a" * messages.MOST_BYTES))


def test_a_widget_that_streamlit_has_not_named_is_refused():
    """Streamlit would raise an error on every page, twice a second if it is asked so often."""
    assert judge(rerun(widget_states={"widgets": [WIDGET]}))
    with pytest.raises(MessageError, match="not named"):
        judge(rerun(widget_states={"widgets": [WIDGET, {"id": "x"}]}))


def test_streamlit_s_names_begin_so():
    named = (common.GENERATED_ELEMENT_ID_PREFIX, session_state.STREAMLIT_INTERNAL_KEY_PREFIX)
    assert all(name.startswith(messages._WIDGET) for name in named)


def test_all_kinds_of_streamlit_s_messages_are_judged():
    """A new version may have more, which somebody has to look at."""
    kinds = {field.name for field in BackMsg.DESCRIPTOR.oneofs_by_name["type"].fields}
    refused = {"clear_cache", "set_run_on_save", "load_git_info"}
    refused |= {"debug_disconnect_websocket", "debug_shutdown_runtime"}
    assert kinds == messages._KINDS | refused | {"backend_operation_request"}
