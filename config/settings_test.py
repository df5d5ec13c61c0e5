"""Settings for tests: throwaway PostgreSQL and Valkey, and nothing from the developer's ``.env``.

pytest-django reads the database settings before any ``conftest.py``, so the servers start here.
"""

import os

from deploy.local.throwaway import start_throwaway_services

os.environ["PYTHON_DOTENV_DISABLED"] = "1"
os.environ.setdefault("COUNTERMARK_SECRET_KEY", "for-tests-only-and-long-enough-for-every-check")
# Tests revoke keys and look at once.
os.environ.setdefault("COUNTERMARK_API_KEY_RECHECK_SECONDS", "0")
# Lines are written behind the answers, when a test is over: only tests of the log turn it on.
os.environ.setdefault("COUNTERMARK_REQUEST_LOG_DAYS", "0")
os.environ.setdefault("COUNTERMARK_SELLER_NAME", "Countermark Test GmbH")
os.environ.setdefault("COUNTERMARK_SELLER_ADDRESS", "Prüfgasse 1|1010 Wien|Austria")
os.environ.setdefault("COUNTERMARK_SELLER_TAX_ID", "ATU00000000")
os.environ.setdefault("COUNTERMARK_TAX_RATE", "2000")
os.environ.setdefault("COUNTERMARK_LOG_FORMAT", "console")
os.environ.setdefault("COUNTERMARK_LOG_LEVEL", "WARNING")
start_throwaway_services()

from config.settings import *  # noqa: E402, F403 - a settings module is its base plus changes

# Argon2 is slow on purpose, and every test logs somebody in.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# The manifest needs `collectstatic`, which tests do without.
STORAGES["staticfiles"] = {  # noqa: F405 - from the base settings
    "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
}
# Found when asked for: browsers get their files, other tests do not pay for a walk over them all.
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = True
