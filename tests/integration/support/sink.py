"""An SMTP or LMTP server that keeps every octet and misbehaves on request.

Only CRLF ends a line here and only CRLF.CRLF ends data: whatever else arrives stays in the line, where a test sees
it. It runs on a thread of its own; wait() blocks a test until something has happened.

Behaviour is set a verb: on={"RCPT": b"450 4.2.1 later", "DATA": STALL, "end": function}. The verbs are the
commands, "connect" for the greeting, "end" for the verdict on a message. A value is a reply (without CRLF; several
lines as b"250-a\\r\\n250 b"), STALL (say nothing more, keep the connection), VANISH (close), RESET (close by RST), or
a function (session, line) -> one of these or None for the ordinary reply; a coroutine function may wait.
"""

import asyncio
import collections
import hashlib
import inspect
import socket
import ssl
import threading

from .scratch import free_port

STALL, VANISH, RESET = "stall", "vanish", "reset"
EXTENSIONS = ("PIPELINING", "8BITMIME", "SMTPUTF8", "DSN", "ENHANCEDSTATUSCODES", "SIZE")


class Message:
    def __init__(self, session):
        self.session = session
        self.mail = session.mail
        self.recipients = list(session.recipients)
        self.octets = b""        # unstuffed, without the final dot; empty where the sink does not keep
        self.length = 0          # of the data as it came, stuffed
        self.digest = hashlib.sha256()
        self.complete = False    # the final dot came
        self.accepted = False    # answered by 2xx, set before the reply leaves


class Session:
    def __init__(self, number):
        self.number = number
        self.commands = []
        self.messages = []
        self.mail = None
        self.recipients = []
        self.closed = False
        self.tls = False

    def verbs(self):
        return [line.split(b" ")[0].split(b":")[0].upper().decode("latin-1") for line in self.commands]


class _Recorder(asyncio.StreamReaderProtocol):
    """Notes how the octets were batched."""

    def __init__(self, reader, begin, loop, reads):
        super().__init__(reader, begin, loop=loop)
        self.reads = reads

    def data_received(self, data):
        self.reads.append(bytes(data[:2048]))
        super().data_received(data)


class _End(Exception):
    """The session is over."""


class _Input:
    """Lines and blocks from one stream; what was read too far is given back."""

    def __init__(self, reader):
        self.reader = reader
        self.held = b""

    async def block(self):
        held, self.held = self.held, b""
        octets = held or await self.reader.read(1 << 18)
        if not octets:
            raise _End
        return octets

    async def line(self):
        octets = b""
        while b"\r\n" not in octets:
            octets += await self.block()
        line, _, self.held = octets.partition(b"\r\n")
        return line


class Sink:
    def __init__(self, protocol="smtp", on=None, extensions=EXTENSIONS, keep=True, certificate=None, port=None):
        self.protocol, self.on, self.extensions, self.keep = protocol, dict(on or {}), tuple(extensions), keep
        self.port = port or free_port()
        self.sessions, self.messages = [], []
        self.reads = collections.deque(maxlen=200)  # the first octets of each read, over all connections
        self._news = threading.Condition()
        self._loop = None
        self._thread = None
        self._tasks = set()
        self._tls = None
        if certificate:
            self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._tls.load_cert_chain(*certificate)

    # --- from the test's thread

    def title(self):
        return f"sink {self.protocol} {self.port}"

    def log_tail(self):
        return "\n".join(f"session {one.number}: {one.commands[-12:]}, {len(one.messages)} messages"
                         for one in self.sessions[-8:])

    def start(self):
        ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._main(ready)), daemon=True)
        self._thread.start()
        assert ready.wait(10), "the sink did not start"

    def stop(self):
        if self._loop and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    def wait(self, condition, seconds=20, what="something at the sink"):
        """Blocks until condition() is true; returns its value."""
        with self._news:
            value = self._news.wait_for(condition, seconds)
        if not value:
            raise AssertionError(f"not within {seconds} s: {what}\n{self.log_tail()}")
        return value

    def wait_message(self, count=1, seconds=20):
        """The messages, once so many are complete."""
        self.wait(lambda: len(self.complete()) >= count, seconds, f"{count} messages")
        return self.complete()

    def complete(self):
        return [one for one in self.messages if one.complete]

    def accepted(self):
        return [one for one in self.messages if one.accepted]

    def forget(self):
        """Starts counting anew."""
        with self._news:
            self.sessions.clear()
            self.messages.clear()
            self.reads.clear()

    def cut(self, session):
        """Ends a connection by RST."""
        self._loop.call_soon_threadsafe(session.writer.transport.abort)

    # --- on the sink's own thread

    async def _main(self, ready):
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()

        def make():
            return _Recorder(asyncio.StreamReader(limit=1 << 22, loop=self._loop), self._begin, self._loop,
                             self.reads)
        server = await self._loop.create_server(make, "127.0.0.1", self.port, backlog=1024)
        ready.set()
        await self._stop.wait()
        server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _begin(self, reader, writer):
        task = self._loop.create_task(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _tell(self):
        with self._news:
            self._news.notify_all()

    async def _serve(self, reader, writer):
        session = Session(len(self.sessions))
        session.input, session.writer = _Input(reader), writer
        with self._news:
            self.sessions.append(session)
        try:
            await self._answer(session, "connect", b"", b"220 sink.example ready")
            while True:
                line = await session.input.line()
                with self._news:
                    session.commands.append(line)
                    self._news.notify_all()
                await self._command(session, line)
        except (_End, ConnectionError, ssl.SSLError):
            pass
        finally:
            session.closed = True
            self._tell()
            writer.close()

    async def _chosen(self, session, verb, line):
        reply = self.on.get(verb)
        if callable(reply):
            reply = reply(session, line)
        return await reply if inspect.isawaitable(reply) else reply

    async def _say(self, session, reply):
        """Acts; True for a 2xx or 3xx."""
        if reply == STALL:
            while True:
                await session.input.block()
        if reply == RESET:
            session.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                                               b"\1\0\0\0\0\0\0\0")
            session.writer.transport.abort()
        if reply in (VANISH, RESET):
            raise _End
        session.writer.write(reply + b"\r\n")
        await session.writer.drain()
        return reply[:1] in b"23"

    async def _answer(self, session, verb, line, ordinary):
        reply = await self._chosen(session, verb, line)
        return await self._say(session, ordinary if reply is None else reply)

    async def _command(self, session, line):
        verb = line.split(b" ")[0].upper().decode("latin-1")

        def answer(ordinary):
            return self._answer(session, verb, line, ordinary)
        if verb in ("EHLO", "LHLO", "HELO"):
            session.mail, session.recipients = None, []
            names = self.extensions + (("STARTTLS",) if self._tls and not session.tls else ())
            lines = ["sink.example", *names]
            await answer("\r\n".join(f"250{'-' if i + 1 < len(lines) else ' '}{one}"
                                     for i, one in enumerate(lines)).encode())
        elif verb == "STARTTLS" and self._tls and not session.tls:
            if await answer(b"220 2.0.0 go"):
                await session.writer.start_tls(self._tls)
                session.tls = True
        elif verb == "MAIL":
            if await answer(b"250 2.1.0 ok"):
                session.mail, session.recipients = line, []
        elif verb == "RCPT":
            if await answer(b"250 2.1.5 ok"):
                session.recipients.append(line)
        elif verb == "DATA":
            if not session.recipients:
                await self._say(session, b"503 5.5.1 no recipients")
            elif await answer(b"354 go"):
                await self._data(session)
        elif verb == "RSET":
            session.mail, session.recipients = None, []
            await answer(b"250 2.0.0 ok")
        elif verb == "NOOP":
            await answer(b"250 2.0.0 ok")
        elif verb == "QUIT":
            await answer(b"221 2.0.0 bye")
            raise _End
        elif verb in ("XCLIENT", "XFORWARD") and any(one.startswith(verb) for one in self.extensions):
            await answer(b"220 sink.example ready" if verb == "XCLIENT" else b"250 2.0.0 ok")
        elif verb in self.on:
            await answer(b"250 2.0.0 ok")
        else:
            await self._say(session, b"500 5.5.2 what?")

    async def _data(self, session):
        message = Message(session)
        with self._news:
            session.messages.append(message)
            self.messages.append(message)
        kept, tail = [], b"\r\n"   # the end is looked for in the last octets and the new ones
        try:
            while not message.complete:
                block = await session.input.block()
                window = tail + block
                at = window.find(b"\r\n.\r\n")
                if at >= 0:
                    end = at + 5 - len(tail)
                    block, session.input.held = block[:end], block[end:]
                    message.complete = True
                message.length += len(block)
                message.digest.update(block)
                if self.keep:
                    kept.append(block)
                tail = window[-4:]
        finally:
            data = b"\r\n" + b"".join(kept)
            if message.complete:
                data = data[:-3]
            message.octets = data.replace(b"\r\n.", b"\r\n")[2:]
            self._tell()
        recipients, session.mail, session.recipients = session.recipients, None, []
        for recipient in recipients if self.protocol == "lmtp" else [b""]:
            reply = await self._chosen(session, "end", recipient)
            if reply is None:
                reply = b"250 2.0.0 kept" + (b" by " + recipient if recipient else b"")
            if reply[:1] == b"2":
                message.accepted = True
                self._tell()
            await self._say(session, reply)
