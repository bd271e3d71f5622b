#!/usr/bin/env python3
"""Lets containers reach servers that listen on this machine's loopback alone.

  forward.py ADDRESS PORT...    what comes to ADDRESS:PORT goes to 127.0.0.1:PORT
"""
import asyncio
import sys


async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()


async def listen(address: str, port: int) -> None:
    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            server_reader, server_writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            writer.close()
            return
        await asyncio.gather(copy(reader, server_writer), copy(server_reader, writer))

    async with await asyncio.start_server(accept, address, port) as server:
        await server.serve_forever()


async def main(address: str, *ports: str) -> None:
    await asyncio.gather(*(listen(address, int(port)) for port in ports))


asyncio.run(main(*sys.argv[1:]))
