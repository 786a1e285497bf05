"""Kafka: which brokers and topics there are, and reading them with confluent-kafka.

``connecting`` is the resource that the settings make, ``reader`` reads the partitions of one stream, ``reading`` brings
them into bronze. What becomes of
the messages is :mod:`lake.ingest.streams`.
"""
