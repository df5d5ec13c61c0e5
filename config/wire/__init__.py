"""HTTP at the ASGI border, before Django: types, patience with slow bodies, refusals, threads.

Leaf half: the lanes (config/lanes) and the upload lane (documents/upload_lane) both stand on it.
"""
