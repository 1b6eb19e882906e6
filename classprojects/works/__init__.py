"""Works, their versions, remixes and lineage: what the whole product is about."""
