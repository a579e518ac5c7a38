"""Towns made of registers that no one here wrote, played through the public actions alone."""
