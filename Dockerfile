FROM python:3.11-slim

RUN useradd --create-home --uid 10001 jiebang
WORKDIR /srv/jiebang
COPY requirements.lock pyproject.toml ./
RUN pip install --no-cache-dir --require-hashes -r requirements.lock
COPY . .
RUN pip install --no-cache-dir --no-deps --no-build-isolation .

USER jiebang
ENTRYPOINT ["jiebang"]
CMD ["--help"]
