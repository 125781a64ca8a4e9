"""A mail server that holds very many IMAP connections in one process: one mailbox of a hundred messages."""

import asyncio
import multiprocessing
import re

from .scratch import free_port, port_is_open, wait_until

MESSAGE = (b"Authentication-Results: mx.example.org; dmarc=pass header.from=example.org\r\n"
           b"From: Sender 1 <s1@example.org>\r\nTo: paul@example.org\r\nSubject: hello\r\n"
           b"Date: Mon, 23 Nov 2026 10:00:00 +0000\r\nMessage-ID: <1@example.org>\r\n\r\ntext\r\n")


async def serve(reader, writer):
    writer.write(b"* OK [CAPABILITY IMAP4rev1 LITERAL+ SASL-IR IDLE UIDPLUS] ready\r\n")
    while line := await reader.readline():
        while found := re.search(rb"\{(\d+)(\+?)\}\r\n\Z", line):
            if not found[2]:
                writer.write(b"+ go ahead\r\n")
            line += await reader.readexactly(int(found[1])) + await reader.readline()
        tag, _, command = line.rstrip().partition(b" ")
        verb = command.split(b" ")[0].upper()
        if verb == b"UID":
            for number in range(1, 101):
                writer.write(b"* %d FETCH (UID %d FLAGS () INTERNALDATE \"23-Nov-2026 10:00:00 +0000\" "
                             b"BODY[] {%d}\r\n%s)\r\n" % (number, number, len(MESSAGE), MESSAGE))
        elif verb == b"CAPABILITY":
            writer.write(b"* CAPABILITY IMAP4rev1 LITERAL+ SASL-IR IDLE UIDPLUS\r\n")
        elif verb == b"SELECT":
            writer.write(b"* FLAGS (\\Seen)\r\n* 100 EXISTS\r\n* OK [UIDVALIDITY 7] valid\r\n"
                         b"* OK [UIDNEXT 101] next\r\n")
        elif verb == b"IDLE":
            writer.write(b"+ idling\r\n")
            continue
        elif verb == b"DONE":
            continue
        writer.write(tag + b" OK done\r\n")
    writer.close()


def run(port):
    async def main():
        server = await asyncio.start_server(serve, "127.0.0.1", port, backlog=4096)
        async with server:
            await server.serve_forever()
    asyncio.run(main())


class IdleServer:
    def __init__(self):
        self.port = free_port()
        self.process = multiprocessing.get_context("fork").Process(target=run, args=(self.port,), daemon=True)

    def start(self):
        self.process.start()
        wait_until(lambda: port_is_open(self.port), 10, "the mail server")

    def stop(self):
        self.process.kill()
        self.process.join()
