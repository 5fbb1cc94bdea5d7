"""What builds, and what is refused in which words: real sources, by every builder."""
