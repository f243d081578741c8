"""Train GANimation's networks. Import what you need from the modules: this file loads no torch."""
