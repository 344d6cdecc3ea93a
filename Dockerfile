# ragguide in a container: documents, indexes and settings in /guide, models in /models.
#
#   docker build -t ragguide .
#   docker run --rm -v "$PWD:/guide" -v ragguide-models:/models ragguide ingest manual.pdf
#   docker run --rm -v "$PWD:/guide" -v ragguide-models:/models ragguide query "How do I …?"

FROM python:3.12-slim AS build
# Debian deletes old versions, so pinned ones would break the build.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --no-install-recommends -y build-essential cmake \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY data/guide.pdf data/guide.pdf
COPY ragguide ragguide
RUN python -m venv /opt/ragguide \
    && /opt/ragguide/bin/pip install --no-cache-dir '.[office,ocr,report,serve]' \
        -c constraints.txt --extra-index-url https://download.pytorch.org/whl/cpu

FROM python:3.12-slim
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --no-install-recommends -y libgomp1 tesseract-ocr \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 1000 reader \
    && mkdir /guide /models \
    && chown reader /guide /models
COPY --from=build /opt/ragguide /opt/ragguide
ENV PATH=/opt/ragguide/bin:$PATH \
    RAGGUIDE_MODELS_DIR=/models
USER 1000
WORKDIR /guide
ENTRYPOINT ["ragguide"]
CMD ["--help"]
