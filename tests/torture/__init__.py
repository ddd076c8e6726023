"""The torture test: random faults, random SIGKILLs, and then a look into every pod for anything that is left."""
