# One image for every role; deploy/entrypoint.sh knows their commands.

FROM python:3.11-slim AS packages
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
COPY requirements.txt /
RUN python -m venv /venv && /venv/bin/pip install -r /requirements.txt

FROM python:3.11-slim
RUN groupadd --gid 10001 countermark \
    && useradd --uid 10001 --gid 10001 --no-create-home --shell /usr/sbin/nologin countermark \
    && install --directory --owner 10001 --group 10001 --mode 0750 /data
COPY --from=packages /venv /venv
WORKDIR /app
# .dockerignore leaves out what a server does not need.
COPY . .
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    COUNTERMARK_DATA_DIR=/data \
    COUNTERMARK_BIND_ADDRESS=0.0.0.0 \
    COUNTERMARK_WEB_WORKERS=2
# Compiled here, since the user below may not write; collected with settings that need no service.
RUN python -m compileall -q . \
    && DJANGO_SETTINGS_MODULE=config.settings_lint python manage.py collectstatic --no-input
USER 10001:10001
VOLUME /data
EXPOSE 8000
ENTRYPOINT ["sh", "deploy/entrypoint.sh"]
CMD ["web"]
