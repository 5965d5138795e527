"""Reads a record with the package `comtrade` and numpy; prints processor
seconds and peak memory in kB.

Arguments: path of the .cfg; `overview` to compute least and greatest values at 2000 pixels too.
"""
import resource
import sys
import time

import comtrade
import numpy

start = time.process_time()
record = comtrade.Comtrade(ignore_warnings=True, use_numpy_arrays=True)
record.load(sys.argv[1])
check = float(numpy.nansum(record.analog[0], dtype="float64"))
if "overview" in sys.argv:
    pixels = 2000
    rows = record.total_samples // pixels * pixels
    for values in record.analog:
        parts = values[:rows].reshape(pixels, -1)
        parts.min(axis=1), parts.max(axis=1)
seconds = time.process_time() - start
print(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, check)
