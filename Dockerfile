# ctibridge without anything that it does not need: no compiler, no pip cache, no root.

FROM python:3.11-slim AS build
WORKDIR /src
COPY requirements.txt ./
RUN python -m venv /opt/ctibridge \
    && /opt/ctibridge/bin/pip install --no-cache-dir --require-hashes --requirement requirements.txt
COPY pyproject.toml README.md LICENSE ./
COPY ctibridge ctibridge
RUN /opt/ctibridge/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.11-slim
RUN useradd --system --home-dir /var/lib/ctibridge --create-home ctibridge
COPY --from=build /opt/ctibridge /opt/ctibridge
USER ctibridge
WORKDIR /var/lib/ctibridge
EXPOSE 8080
ENTRYPOINT ["/opt/ctibridge/bin/ctibridge"]
CMD ["run"]
HEALTHCHECK --interval=15s --timeout=5s --start-period=10s \
    CMD ["/opt/ctibridge/bin/python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/livez', timeout=4)"]
