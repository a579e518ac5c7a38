"""The office's pages, by topic."""
