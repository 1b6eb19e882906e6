"""Ground floor: database, clock, ids, pagination, errors. Imports nothing of the product."""
