"""What Debezium's converters encode, decoded into the envelope that bronze parses.

``values`` decodes decimals and times, ``unions`` takes Avro-style unions off, ``encodings`` is what a table's topics do
not say themselves, ``decoding`` puts them together. Rows keep their names and their values; what is plain already
passes as it came.
"""
