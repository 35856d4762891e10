# One image for every part: docker run runvault collect | load | api | serve. See docs/deploy.md.
FROM python:3.11-slim AS build
WORKDIR /src
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY schema schema
COPY redaction redaction
COPY vault vault
COPY collector collector
COPY api api
COPY dashboards dashboards
COPY sqldoor sqldoor
COPY runvault runvault
RUN python -m venv /opt/runvault && \
    /opt/runvault/bin/pip install --no-cache-dir --disable-pip-version-check --constraint constraints.txt .

FROM python:3.11-slim
RUN groupadd --gid 10001 runvault && \
    useradd --uid 10001 --gid runvault --no-create-home --home-dir /tmp --shell /usr/sbin/nologin runvault && \
    install --directory --owner runvault --group runvault --mode 0700 /data
COPY --from=build /opt/runvault /opt/runvault
ENV PATH=/opt/runvault/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    RUNVAULT_DATA_DIR=/data \
    RUNVAULT_HOST=0.0.0.0
USER 10001:10001
VOLUME /data
EXPOSE 4317 4318 8420
# serve and api; compose gives collect and load their own
HEALTHCHECK --interval=15s --timeout=10s --start-period=60s --retries=3 CMD ["runvault", "health", "api"]
ENTRYPOINT ["runvault"]
CMD ["serve"]
