"""Certificates of completion: who may have one, the document, and the page that confirms it."""
