"""The parts of ``benchmarks/throughput.py``: what each runs, and how it shows what it found."""
