"""Every snippet of every guide, run as it stands against the real server with a real worker.

To have a guide run (and shown under ``/docs/guides/``) add its slug to ``config/api/guides.py``:
``docs/<slug>.md`` is then read by ``test_guides.py``; nothing else is to be written.

What a guide's author can count on:

* The blocks of one language (``sh``, ``python``, ``js``) are one program, in the page's order:
  what an earlier block sets, a later one of the same language has. ``sh`` is ``bash -euo
  pipefail``, ``python`` ours with the product's clients, ``js`` a module of Node 18 or later
  (skipped without).
* ``https://countermark.example`` stands for the server. ``COUNTERMARK_KEY`` (an API key with every
  scope) and ``COUNTERMARK_URL`` are in the environment; the owner of the workspace is
  ada@example.org, her password is in ``password.txt`` (without a new line).
* The directory has ``contract.pdf`` (3 pages), ``offer.pdf``, ``in.pdf``, ``letterhead.pdf``,
  ``logo.png`` and a folder ``contracts/`` with three PDFs; each language gets a fresh one, as HOME.
* curl fails where the answer is 4xx or 5xx, as if ``-f`` were given. Where a refusal is what you
  show, write ``curl --no-fail``.
* ``json`` blocks must be JSON; ``text`` and ``http`` blocks are only shown. No other languages.

Comments in the Markdown, which readers do not see:

* ``<!-- check: test -s marked.pdf -->`` after a block: a command that must succeed there (for
  ``python`` and ``js`` after the whole program). Every program should have one.
* ``<!-- not run: why -->`` before a block: it is only shown.

A test of your own can go further: ``run_program(program_of("batches", "sh"), stage)`` gives what it
printed, and ``stage.directory`` what it left there.
"""
