# The full profile's image: web and worker are the same image with another command.
FROM debian:12-slim AS build
RUN apt-get update -q && apt-get install -qy --no-install-recommends python3 python3-venv make \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY requirements.txt .
RUN python3 -m venv .venv && .venv/bin/pip install -q --no-cache-dir --require-hashes -r requirements.txt
COPY . .
RUN for side in patient desk; do .venv/bin/pybabel -q compile -f -d dsr/web/translations -D $side; done

FROM debian:12-slim
RUN apt-get update -q && apt-get install -qy --no-install-recommends \
      python3 libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /app --shell /usr/sbin/nologin dsr \
    && install -d -o dsr -g dsr -m 700 /var/lib/privacybalie
COPY --from=build --chown=root:root /app /app
WORKDIR /app
USER dsr
ENV PATH=/app/.venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 \
    DSR_ENVIRONMENT=production DSR_FOLDER=/var/lib/privacybalie DSR_HOST=0.0.0.0
EXPOSE 5000
HEALTHCHECK --interval=30s --timeout=3s CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:5000/healthz', timeout=2)"]
CMD ["python", "-m", "dsr", "web"]
