# ctibridge without anything that it does not need: no compiler, no pip cache, no root, and nothing to write to but
# /var/lib/ctibridge (run it with a read-only root file system).

FROM python:3.11.11-slim-bookworm AS build
WORKDIR /src
COPY requirements.txt ./
RUN python -m venv /opt/ctibridge \
    && /opt/ctibridge/bin/pip install --no-cache-dir --require-hashes --requirement requirements.txt
COPY pyproject.toml README.md LICENSE ./
COPY ctibridge ctibridge
RUN /opt/ctibridge/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.11.11-slim-bookworm
# Numbers, so that whoever runs the image can see that it is not root; docker/asterisk/Dockerfile lets this group read
# queue_log.
RUN groupadd --system --gid 10001 ctibridge \
    && useradd --system --uid 10001 --gid 10001 --home-dir /var/lib/ctibridge --create-home ctibridge
COPY --from=build /opt/ctibridge /opt/ctibridge
ENV PATH=/opt/ctibridge/bin:$PATH PYTHONDONTWRITEBYTECODE=1
USER 10001:10001
WORKDIR /var/lib/ctibridge
VOLUME /var/lib/ctibridge
EXPOSE 8080
STOPSIGNAL SIGTERM
ENTRYPOINT ["/opt/ctibridge/bin/ctibridge"]
CMD ["run", "-c", "/etc/ctibridge/ctibridge.toml"]
HEALTHCHECK --interval=15s --timeout=5s --start-period=10s --retries=3 \
    CMD ["/opt/ctibridge/bin/python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/livez', timeout=4)"]
