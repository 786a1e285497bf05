"""Import of files as they are: exports of an ERP, a shop or a spreadsheet become rows of the lake's tables.

``encoding``, ``numerals``, ``dates`` and ``identifiers`` parse single texts and find out how a column writes them.
``grid`` reads any format as rows of text, ``layout`` finds header, footers and the kind of each column. ``concepts``
is what columns are called, ``proposal`` decides what they mean, ``drafting`` makes a mapping of it. ``mapping`` is
how files are read, ``fields`` evaluates one entry of it, ``conversion`` a whole file, and ``landing`` writes what
passed into the landing streams. Silver parses and checks all of it again. To learn another word for a column, add it
to ``concepts``.
"""
