"""What a cluster could be called: by its pictures, its texts, and what came with its files; “?” where nothing is sure.

vocabulary → votes (pictures)  ┐
ngrams (texts)                 ├ marks → evidence against the collection and the nearest clusters → assign → suggest
tokens (folders, columns …)    ┘
"""
