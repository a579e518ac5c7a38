"""Small towns drawn at random, each as odd as a town can be: what the law leaves open, all that happens in a home.

``recipe`` draws one from a seed, ``founding`` registers it, ``life`` and ``happenings`` play its months through
the public actions, ``proof`` holds what came of it against ``tests.independent`` and hledger, ``seen`` counts
what occurred.
"""
