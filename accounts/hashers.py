"""How passwords are kept."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class Argon2id(Argon2PasswordHasher):
    """Argon2id with the parameters of OWASP's cheat sheet (19 MiB, two passes, one lane).

    Django's default takes 100 MiB and eight lanes: a few people signing in at once would cost
    the web process more memory than all uploads together.
    """

    time_cost = 2
    memory_cost = 19 * 1024
    parallelism = 1
