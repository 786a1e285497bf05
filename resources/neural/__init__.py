"""Neural networks of NeuralForecast, as a process in the environment of `make neural`.

Belongs here: calling the process (`network.py`) and the process itself (`process.py`, which imports nothing of ours).
"""
