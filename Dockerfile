# 一个镜像，命令决定它做什么：worker、api、bot、migrate……见 docs/deploying.md。
FROM python:3.11-slim-trixie

# 软件包索引；不给则用 pip 自己的默认。
ARG PIP_INDEX_URL
WORKDIR /srv/jiebang

# 依赖先装：只改程序时这一层不变。requirements.lock 含 local 附加项（内置服务与构建工具）。
COPY requirements.lock ./
RUN pip install --no-cache-dir --disable-pip-version-check --only-binary :all: --require-hashes -r requirements.lock

COPY . .
RUN pip install --no-cache-dir --disable-pip-version-check --no-deps --no-build-isolation . \
    && useradd --uid 10001 --no-create-home --home-dir /tmp jiebang

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 HOME=/tmp
RUN mkdir -p /var/lib/jiebang/documents /var/lib/jiebang/incoming \
    && chown jiebang /var/lib/jiebang/documents /var/lib/jiebang/incoming
USER jiebang
ENTRYPOINT ["jiebang"]
CMD ["--help"]
