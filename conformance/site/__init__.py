"""Publishes a store as a static site: an overview, a page for each target and each requirement, badges and data."""
