"""Source packs: small adapters that write landing files of the real systems' shapes into one lake root.

Here live the packs, the simulated distributor among them, and what they share: writing landing files so that a kill
or a second call changes nothing (`landing_files`), and the JSON of the PIM, ERP and signals (`envelopes`).
Nothing here reads a landing file for the lake, and nothing here is read by assets: the files are the interface.

To add a pack: write a module, or a package, with a frozen dataclass of its options and one function

    land(root, *, data, options, progress) -> Landed

which pins its options with `LandingFiles.open`, asks `is_complete` before it makes a file, and hands the lines of each
file to `LandingFiles.write`. Lines of the same options must be the same bytes each time, and a longer period must add
files and leave the earlier ones as they were. Then give it a line in `demo/packs.py` and a test in tests/unit/demo.
Sources that have no honest join stay in lakes of their own.
"""
