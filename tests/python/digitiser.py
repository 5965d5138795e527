#!/usr/bin/env python3
"""A digitiser's driver, written from docs/digitiser-stream.md alone.

    digitiser.py unix PATH | tcp HOST PORT
        --rate MILLIHERTZ --analog N --discrete N --rows N --blocks N

Sends blocks of counted samples: analog channel c of row r is 1000 * r + c, discrete channel d is
bit d of r, every seventh row's first sample is lost. Prints one line per answer of the recorder. It
needs nothing but Python's own library.
"""
import argparse
import socket
import struct

HELLO, WELCOME, REFUSE, BLOCK, CREDIT, KEEPALIVE = 1, 2, 3, 4, 5, 6
START_TAI_NS = 1_795_313_459_000_000_000


def crc_table():
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
        yield byte


TABLE = list(crc_table())


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ TABLE[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFFFFFF


def frame(kind, payload=b""):
    body = struct.pack("<4sBBHI", b"A7DS", 1, kind, 0, len(payload)) + payload
    return body + struct.pack("<I", crc32c(body))


def receive(stream):
    def exactly(size):
        data = b""
        while len(data) < size:
            more = stream.recv(size - len(data))
            if not more:
                raise SystemExit("closed by the recorder")
            data += more
        return data

    head = exactly(12)
    magic, version, kind, _, length = struct.unpack("<4sBBHI", head)
    assert magic == b"A7DS" and version == 1, head
    payload = exactly(length)
    (check,) = struct.unpack("<I", exactly(4))
    assert check == crc32c(head + payload), "check"
    return kind, payload


def words(bits):
    """Bits as u64 words, bit c mod 64 of word c div 64."""
    count = -(-len(bits) // 64)
    number = sum(bit << c for c, bit in enumerate(bits))
    return number.to_bytes(8 * count, "little")


def row(number, analog, discrete):
    valid = [int(not (c == 0 and number % 7 == 0)) for c in range(analog)]
    samples = [(1000 * number + c) * valid[c] for c in range(analog)]
    inputs = [number >> d & 1 for d in range(discrete)]
    return struct.pack(f"<{analog}i", *samples) + words(valid) + words(inputs)


def block(first, args):
    time = START_TAI_NS + first * 1_000_000_000_000 // args.rate
    head = struct.pack("<QqIBBHI", first, time, 250, 0, 0, args.rows, 0)
    quality = bytes(2 * args.analog)
    rows = (row(first + n, args.analog, args.discrete) for n in range(args.rows))
    return frame(BLOCK, head + quality + b"".join(rows))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("address", nargs="+")
    for name in ("rate", "analog", "discrete", "rows", "blocks"):
        parser.add_argument(f"--{name}", type=int, required=True)
    args = parser.parse_args()
    if args.address[0] == "unix":
        stream = socket.socket(socket.AF_UNIX)
        stream.connect(args.address[1])
    else:
        stream = socket.create_connection((args.address[1], int(args.address[2])))
    hello = struct.pack("<IHHHB5x", args.rate, args.analog, args.discrete, args.rows, 1)
    stream.sendall(frame(HELLO, hello))
    kind, payload = receive(stream)
    if kind == REFUSE:
        reason, length, got, expected = struct.unpack("<HHQQ", payload[:20])
        print("refused", reason, got, expected, payload[20 : 20 + length].decode("ascii"))
        return 1
    assert kind == WELCOME, kind
    credits, most_rows, silence_ms, _ = struct.unpack("<IIII", payload)
    print("welcome", credits, most_rows, silence_ms)
    for number in range(args.blocks):
        while credits == 0:
            kind, payload = receive(stream)
            assert kind in (CREDIT, KEEPALIVE), kind
            if kind == CREDIT:
                credits += struct.unpack("<I", payload)[0]
        stream.sendall(block(number * args.rows, args))
        credits -= 1
    stream.sendall(frame(KEEPALIVE))
    stream.close()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
