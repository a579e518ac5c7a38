"""The resident's pages, by topic."""
