"""The registry through a simulated quarter and through kills."""
