"""Passes connections on to a port of this machine, with `/echo` for the path `/`.

The suite cannot be told a path.
"""

import asyncio
import sys


async def pump(reader, writer):
    try:
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()
        writer.write_eof()
    except OSError:
        writer.close()


async def relay(reader, writer):
    try:
        up_reader, up_writer = await asyncio.open_connection("127.0.0.1", int(sys.argv[1]))
        line = await reader.readline()
        up_writer.write(line.replace(b" / ", b" /echo ", 1))
    except OSError:
        writer.close()
        return
    await asyncio.gather(pump(reader, up_writer), pump(up_reader, writer))
    up_writer.close()
    writer.close()


async def main():
    server = await asyncio.start_server(relay, "127.0.0.1", 0, limit=1 << 20)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await server.serve_forever()


asyncio.run(main())
