"""Streams: messages of Kafka's topics into bronze, each exactly once.

``messages`` is what a batch of messages looks like, ``positions`` how far a bronze table has read each partition,
``appending`` the commit that holds rows and positions together, ``ingest`` the loop that fetches one batch while the
one before is written, ``reading_again`` the replay of a topic. ``debezium`` decodes what Debezium's converters encode.
Nothing here opens a connection: ``resources/streams.py`` does.
"""
