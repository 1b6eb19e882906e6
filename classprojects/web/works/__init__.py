"""Pages of works: the work itself, the composer, lineage, hearts and comments."""
