"""Python's `websockets` against an echo that compresses."""

import asyncio
import os
import sys

from websockets.asyncio.client import connect
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory

SIZES = [0, 1, 125, 126, 255, 256, 65_535, 65_536, 1 << 20]
checks = 0


def check(condition, what):
    global checks
    assert condition, what
    checks += 1


async def talk(url, deflate):
    options = {"compression": None}
    if deflate is not None:
        options["extensions"] = [ClientPerMessageDeflateFactory(**deflate)]
    async with connect(url, max_size=None, **options) as ws:
        answer = ws.response.headers.get("Sec-WebSocket-Extensions", "")
        check(("permessage-deflate" in answer) == (deflate is not None), f"agreed on: {answer}")
        for size in SIZES:
            words = ("words, words. " * (size // 14 + 1))[:size]
            for message in [words, "é€😀" * (size // 9), words.encode(), os.urandom(size)]:
                await ws.send(message)
                check(await ws.recv() == message, f"{size} come back")
        await ws.send(part for part in ["in ", "three ", "fragments"])
        check(await ws.recv() == "in three fragments", "fragments come back")
        await (await ws.ping(b"are you there"))
        await ws.close(1000, "bye")
        check((ws.close_code, ws.close_reason) == (1000, "bye"), "the close comes back")


async def main(url):
    for deflate in [
        None,
        {"client_max_window_bits": True},
        {"server_no_context_takeover": True, "client_no_context_takeover": True},
        {"server_max_window_bits": 9, "client_max_window_bits": 9},
    ]:
        await talk(url, deflate)
    print(f"Python websockets: {checks} checks passed")


asyncio.run(main(sys.argv[1]))
