"""The rules: who may do what, in which order. Plain Python, without Flask and without drivers."""
