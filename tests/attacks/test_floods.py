"""Programs that speak Streamlit's protocol and ask for more than any page does."""

import asyncio
import struct

import psutil
import pytest
import requests
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from benchmarks.visiting import Visitor

pytestmark = pytest.mark.training

MEGABYTE = 10**6


def socket(server):
    stream = server.address.replace("http", "ws", 1) + "/_stcore/stream"
    return connect(stream, subprotocols=["streamlit"], origin=server.address, max_size=None)


def is_alive(server):
    return requests.get(f"{server.address}/livez", timeout=5).ok


async def is_hung_up_on(one):
    try:
        async with asyncio.timeout(10):
            while True:
                await one.recv()
    except ConnectionClosed:
        return True


@pytest.mark.parametrize(
    "parts",
    [
        {"file_urls_request": {"file_names": ["a"] * 200_000}},
        {"rerun_script": {"widget_states": {"widgets": [{}] * 400_000}}},
        {"rerun_script": {"widget_states": {"widgets": [{"id": "x", "bool_value": True}]}}},
        {"rerun_script": {"cached_message_hashes": [""] * 400_000}},
        {"rerun_script": {"query_string": "a" * 2 * MEGABYTE}},
    ],
)
def test_one_message_holds_up_nobody(server, parts):
    data = BackMsg(**parts).SerializeToString()

    async def attack():
        async with socket(server) as one:
            await one.send(data)
            assert await asyncio.to_thread(is_alive, server)
            assert await is_hung_up_on(one)

    asyncio.run(attack())


def test_messages_without_an_end_are_not_kept(server):
    """A WebSocket's message may say beforehand how long it is, or come in parts."""

    def part(opcode, length):
        head = bytes([opcode, 0x80 | 127]) + struct.pack("!Q", length)
        return head + bytes(4) + bytes(length)  # masked by zeros

    more, data = 0x00, 0x02
    long = part(data, 40 * MEGABYTE)
    many = part(data, MEGABYTE // 2) + 80 * part(more, MEGABYTE // 2)

    async def attack():
        for message in (long, many):
            async with socket(server) as one:
                one.transport.write(message)
                assert await is_hung_up_on(one)

    process = psutil.Process(server.process.pid)
    before = process.memory_info().rss
    asyncio.run(attack())
    assert process.memory_info().rss - before < 30 * MEGABYTE


def test_what_streamlit_offers_to_its_developers_is_not_answered(server):
    """To empty everybody's caches, for example, or to write into the program's folder."""
    forged = [
        BackMsg(clear_cache=True),
        BackMsg(load_git_info=True),
        BackMsg(set_run_on_save=True),
        BackMsg(debug_shutdown_runtime=True),
        BackMsg(backend_operation_request={"install_skills": {}}),
    ]

    async def attack():
        async with socket(server) as one:
            for message in [*forged, BackMsg(rerun_script={"page_name": "linear"})]:
                await one.send(message.SerializeToString())
            answers = []
            async with asyncio.timeout(30):
                while "script_finished" not in answers:
                    answers.append(ForwardMsg.FromString(await one.recv()).WhichOneof("type"))
            return answers

    assert not {"backend_operation_response", "git_info_changed"} & set(asyncio.run(attack()))
    assert is_alive(server)


def test_whoever_asks_again_and_again_takes_few_threads(server):
    """Streamlit begins a new thread for each whole page that is asked for."""
    process = psutil.Process(server.process.pid)

    async def attack():
        students = [Visitor(server.address) for _ in range(20)]
        for student in students:
            await student.open("stacked", {})
        for _ in range(100):
            for student in students:
                await student._ask()
        found = []
        for _ in range(20):
            await asyncio.sleep(0.1)
            found.append(process.num_threads())
        for student in students:
            student._reading.cancel()
            student._socket.transport.abort()
        return max(found)

    before = process.num_threads()
    assert asyncio.run(attack()) - before < 70
    assert is_alive(server)
