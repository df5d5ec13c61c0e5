"""One ASGI application, several lanes: what is fast for one kind of request is slow for another.

The sync lane runs Django in threads, an upload lane streams bodies to disk, a socket lane keeps
long connections. ``config/asgi.py`` wires them; nothing here knows an app.
"""
