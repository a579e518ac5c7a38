"""When a reading is read, doubted or held, by topic: what was typed, and whether we believe it."""
