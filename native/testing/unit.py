"""Writes a source that includes the ones named: unit.py OUTPUT SOURCE…

Most of what a test costs to compile is the headers, so files that are built only for the tests are compiled several at a
time.
"""
import sys

with open(sys.argv[1], "w", encoding="utf-8") as unit:
    for source in sys.argv[2:]:
        unit.write(f'#include "{source}"\n')
