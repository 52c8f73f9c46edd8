"""Writes a source that includes the ones named: unit.py OUTPUT SOURCE…

Headers are most of what tests and the addon's own files cost to compile, so these are compiled several at a time.
"""
import sys

with open(sys.argv[1], "w", encoding="utf-8") as unit:
    for source in sys.argv[2:]:
        unit.write(f'#include "{source}"\n')
