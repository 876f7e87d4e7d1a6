# colorcli in a container: `docker build --target cpu -t colorcli .`, or with `--target cuda` for an NVIDIA GPU.
#   docker run --rm -v "$PWD:/photos" colorcli colorize old.jpg
#   docker run --rm --gpus all -v "$PWD:/photos" colorcli:cuda colorize -r scans/ -o colored/
FROM python:3.13-slim-bookworm AS base
# libGL and GLib are what opencv-python is linked against; films need ffmpeg.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends ffmpeg libgl1 libglib2.0-0 \
    && rm -rf /var/lib/apt/lists/*
COPY . /src

# The CUDA build of ONNX Runtime is 270 MB larger, and finds no CUDA here: the smaller build takes its place.
FROM base AS cpu
RUN pip install --no-cache-dir '/src[heic,remote]' \
    && pip uninstall -y onnxruntime-gpu onnxruntime \
    && pip install --no-cache-dir 'onnxruntime>=1.23'
WORKDIR /photos
ENTRYPOINT ["colorcli"]

FROM base AS cuda
RUN pip install --no-cache-dir '/src[cuda,heic,remote]'
WORKDIR /photos
ENTRYPOINT ["colorcli"]
