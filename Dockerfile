# One image for web, worker, scheduler and migrations. docker-compose.yml says what runs in each.
FROM node:24-bookworm-slim AS browser-libraries
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --no-audit --no-fund

FROM python:3.13-slim-bookworm
ENV DJANGO_SETTINGS_MODULE=courseware.settings.production \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
WORKDIR /app
COPY requirements/runtime.txt requirements/
RUN pip install --no-cache-dir --disable-pip-version-check --require-hashes --only-binary=:all: -r requirements/runtime.txt
COPY . .
COPY --from=browser-libraries /app/node_modules node_modules
# The values below are for this one command only; nothing of them stays in the image.
RUN SECRET_KEY=build ALLOWED_HOSTS=build DATABASE_URL=sqlite:////tmp/build.sqlite3 \
    BROKER_URL=redis://build/0 CACHE_URL=redis://build/1 \
    sh -c "python manage.py vendor_assets && python manage.py compile_translations && python manage.py collectstatic --no-input" \
    && rm -rf node_modules \
    && useradd --system --uid 10001 --no-create-home hop
USER 10001
EXPOSE 8000
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--workers", "2", "--blocking-threads", "16", "--no-ws", "--respawn-failed-workers", "courseware.wsgi:application"]
