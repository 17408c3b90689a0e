# One image for the web process, the worker, the codec server and the one-shots: the command says which.
FROM python:3.11-slim-bookworm

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /srv/mon-espace

# Before the sources: dependencies change rarely.
COPY requirements.txt ./
RUN pip install --require-hashes --requirement requirements.txt

COPY domain ./domain
COPY workflows ./workflows
COPY activities ./activities
COPY infrastructure ./infrastructure
COPY starter ./starter
COPY worker.py ./
RUN python -m compileall -q . && useradd --system --no-create-home --uid 10001 mon-espace

USER mon-espace
CMD ["uvicorn", "starter.app:create_app", "--factory", "--host", "0.0.0.0", "--port", "8000", \
     "--no-access-log", "--no-server-header", "--no-proxy-headers"]
