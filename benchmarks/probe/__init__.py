"""The limits of delivery: claim 1,000 rows, render, send, record the batch, and nothing else.

One process, without Django, windows, fairness, leases, owners, retries or circuit breaker, on
the same PostgreSQL and the same sinks: what remains when everything that makes the engine an
engine is taken away. It claims in batches, sends ready-made bytes over as many kept connections
as are of use, and records each batch and its attempts in one transaction.
"""
