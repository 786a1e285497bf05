"""Servers that tests, benchmarks and the demonstration start on this machine: real ones, on loopback and free ports.

``kafka`` is a broker (KRaft, one node), ``connect`` Kafka Connect with Debezium; `make kafka` fetches their jars. Each
runs in a folder of its own and ends with whoever started it.
"""
