"""Dumps what the package `comtrade` reads: one line of JSON per record on stdout, values as files.

Arguments: output folder, then paths of .cfg or .cff files. For record k the file k.bin holds
float64 little-endian: times, then every analog channel; k.bits holds one byte per status value,
channel by channel. A record that cannot be opened has the key "error".
"""
import json
import sys
import warnings

import comtrade
import numpy

warnings.simplefilter("ignore")
folder = sys.argv[1]
ENCODINGS = ("utf-8", "cp1251", "iso8859-1")


def load(path):
    error = None
    for encoding in ENCODINGS:  # the reader does not recognise encodings
        try:
            record = comtrade.Comtrade(
                ignore_warnings=True, use_numpy_arrays=True, use_double_precision=True)
            record.load(path, encoding=encoding)
            return record
        except UnicodeDecodeError as e:
            error = e
    raise error


for k, path in enumerate(sys.argv[2:]):
    try:
        r = load(path)
        with open(f"{folder}/{k}.bin", "wb") as out:
            for values in [r.time, *r.analog]:
                out.write(numpy.asarray(values, dtype="<f8").tobytes())
        with open(f"{folder}/{k}.bits", "wb") as out:
            for values in r.status:
                out.write(numpy.asarray(values, dtype="u1").tobytes())
        print(json.dumps({
            "samples": r.total_samples, "analog": r.analog_count, "status": r.status_count,
            "revision": r.rev_year, "type": r.ft, "critical": r.cfg.timestamp_critical,
            "ids": r.analog_channel_ids + r.status_channel_ids,
        }))
    except Exception as e:
        print(json.dumps({"error": f"{type(e).__name__}: {e}"}))
