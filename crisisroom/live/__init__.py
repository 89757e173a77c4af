"""The live layer: who hears of a change, and how a viewer who was away catches up. Truth is the log's alone."""
