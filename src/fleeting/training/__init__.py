"""Train recognisers and test them as a recipe says. Import what you need from the modules: this file loads no torch."""
