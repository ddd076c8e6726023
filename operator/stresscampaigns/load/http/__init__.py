"""A lean HTTP/1.1 client for load: prepared requests, llhttp's parser, reads in gevent's hub as bytes come.

Law of this package: a real client all the same. Connections are kept alive and may be lost, every wait has a
deadline, bodies and redirects have bounds, TLS is verified; nothing is taken from the environment unless asked.
"""
