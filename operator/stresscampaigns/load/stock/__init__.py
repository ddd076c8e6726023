"""Locust's own HTTP clients, in a file that was not written for us: counted as ours, trusting whom the campaign does.

What is changed is Locust's and geventhttpclient's, in this process, before the file is imported; nothing of the file.
"""
