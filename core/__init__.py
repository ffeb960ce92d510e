"""Taxon's engine: finds the groups in pictures and texts, and keeps what a person decides about them.

The way of the data, one direction only::

    source -> items -> vectors -> graph -> tree / clustering -> partition <- edits (journal)
                            \\-> map (2-D)                  \\-> export

`core.project.Project` is where scripts begin; `core.pipeline` runs the stages; `python -m core` is the command line.
Heavy libraries (torch, open_clip, umap, hdbscan, sklearn) are imported by the function that needs them, so importing
this package costs next to nothing. Nothing here knows the app.
"""

__version__ = "0.1.0"
