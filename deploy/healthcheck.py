"""Exit with 0 if this container's web can serve. It is asked by the name that it knows."""

import os
import sys
from http.client import HTTPConnection
from urllib.parse import urlsplit

host = urlsplit(os.environ.get("COUNTERMARK_PUBLIC_URL") or "http://localhost:8000").netloc
port = int(os.environ.get("COUNTERMARK_PORT") or 8000)
connection = HTTPConnection("127.0.0.1", port, timeout=4)
connection.request("GET", "/ready", headers={"Host": host})
sys.exit(connection.getresponse().status != 200)
