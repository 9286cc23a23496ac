# docker build --tag openai-conformance . && docker run --rm --volume "$PWD/reports:/reports" openai-conformance run URL --output /reports/run
FROM python:3.13.5-slim-bookworm@sha256:6544e0e002b40ae0f59bc3618b07c1e48064c4faed3a15ae2fbd2e8f663e8283 AS build
WORKDIR /suite
COPY pyproject.toml README.md LICENSE NOTICE ./
COPY conformance conformance
COPY specs specs
RUN python -m venv /opt/conformance && /opt/conformance/bin/pip install --no-cache-dir .

FROM python:3.13.5-slim-bookworm@sha256:6544e0e002b40ae0f59bc3618b07c1e48064c4faed3a15ae2fbd2e8f663e8283
COPY --from=build /opt/conformance /opt/conformance
RUN useradd --uid 10001 --no-create-home conformance && install -d -o conformance /reports
ENV PATH=/opt/conformance/bin:$PATH PYTHONDONTWRITEBYTECODE=1
USER 10001
WORKDIR /reports
ENTRYPOINT ["conformance"]
CMD ["--help"]
