"""The simulated deep field around Hydra II, drawn from the same truth as ``sim_smash.object``."""
