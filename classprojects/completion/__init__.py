"""Completing a class project: credentials that anybody can verify without asking us."""
