"""The product information system: what is read from it, and what is written to it.

`writing` is what a write-back needs of any PIM; `export_files` is the embedded default, import files for Pimcore;
`data_hub` speaks GraphQL with Pimcore's Data Hub, on `graphql`; `paging` lists all objects of a class although the list
moves; `assets` uploads files; `write_back` changes releases there without ever overwriting a person. What may be
written at all, and the record of it, is decided in :mod:`lake.journals.writebacks`.
"""
