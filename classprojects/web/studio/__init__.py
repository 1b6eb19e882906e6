"""The studio: where instructors build class projects and answer what learners hand in."""
