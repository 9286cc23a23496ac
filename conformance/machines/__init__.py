"""Distributes the audits of many targets over several machines."""
