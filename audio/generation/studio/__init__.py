"""Models with weights, each call a process of its own: `models` finds the weights, `process` runs the programs.

`backends` has the stem models behind the interface of backends; the picture model is asked by `resources.generation`.
`musicgen_process`, `stable_audio_process` and `diffusion_process` are the programs of the children. They import nothing
of ours: they run in the environment of `make studio`, whose packages the main one does not have. Weights come from a
folder, nothing is fetched, and only safetensors are opened, which hold no code.
"""
