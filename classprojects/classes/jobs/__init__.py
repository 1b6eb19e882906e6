"""What happens to class projects later: one module an area, shells that take ids."""
