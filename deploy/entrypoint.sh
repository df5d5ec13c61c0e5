#!/bin/sh
# The commands of every role, in one place: `make run`, the containers and the docs all use these.
#   entrypoint.sh web | worker | relay | sender | migrate [arguments]
# Any other first word is run as a command, so that an image can also do `python manage.py …`.
set -eu
cd "$(dirname "$0")/.."

role=${1:?"which role? web, worker, relay, sender or migrate"}
shift

# Only the web serves many requests from one process, so only it keeps connections: one for each
# thread of ordinary requests, and four for uploads and sockets.
if [ "$role" = web ]; then
    threads=${COUNTERMARK_SYNC_THREADS:-8}
    case $threads in *[!0-9]*) threads=8 ;; esac # the settings will refuse it
    export COUNTERMARK_DATABASE_POOL="${COUNTERMARK_DATABASE_POOL:-$((threads + 4))}"
else
    export COUNTERMARK_DATABASE_POOL=0
fi

case $role in
web)
    exec python -m gunicorn -c deploy/gunicorn.conf.py config.asgi:application "$@"
    ;;
worker)
    # Workers need not know of each other (rows and leases decide), so they do not gossip.
    exec python -m celery -A config worker --loglevel INFO --pool prefork \
        --concurrency "${COUNTERMARK_WORKER_CONCURRENCY:-2}" \
        --without-gossip --without-mingle --without-heartbeat "$@"
    ;;
relay)
    exec python manage.py relay "$@"
    ;;
sender)
    exec python manage.py sender "$@"
    ;;
migrate)
    exec python manage.py migrate --no-input "$@"
    ;;
*)
    exec "$role" "$@"
    ;;
esac
