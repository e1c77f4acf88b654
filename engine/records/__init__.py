"""Records: create, read, find, change, delete and restore, each within a person's rights."""
