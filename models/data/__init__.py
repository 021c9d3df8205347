"""Data sets: points from formulas, images from files and downloads, and what visitors upload.

May import `models.settings`.
"""
