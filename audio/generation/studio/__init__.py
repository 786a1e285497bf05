"""Stem models with weights, each call a process of its own: `models` finds the weights, `backends` runs the processes.

`musicgen_process` and `stable_audio_process` are the programs of the children. They import nothing of ours: they run in
the environment of `make studio`, whose packages the main one does not have. Weights come from a folder, nothing is
fetched, and only safetensors are opened, which hold no code.
"""
