"""The scoring server: a supervisor process and its workers."""
