# alseg as an image, for CPUs or for NVIDIA GPUs:
#   docker build -t alseg .                                         with CUDA: PyTorch as PyPI has it, about 7 GB
#   docker build -t alseg:cpu --build-arg TORCH=cpu .               without: about 2 GB
#   docker run --rm --gpus all -v "$PWD/work:/work" alseg run data=folder data.root=/work/scans run_dir=/work/runs/first
# GPUs take NVIDIA's container toolkit on the host; CUDA itself comes with PyTorch, so that no CUDA image is needed.
ARG PYTHON=3.12

FROM python:${PYTHON}-slim AS build
# cuda or cpu
ARG TORCH=cuda
# extras of alseg, by commas
ARG EXTRAS=joblib
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/alseg
WORKDIR /source
COPY constraints.txt ./
# PyTorch first: it seldom changes, and its layer is the largest. That for CPUs has its own index; the rest of it comes with alseg.
RUN case "$TORCH" in \
      cuda) /opt/alseg/bin/pip install -c constraints.txt torch torchvision ;; \
      cpu) /opt/alseg/bin/pip install -c constraints.txt --no-deps --index-url https://download.pytorch.org/whl/cpu torch torchvision ;; \
      *) echo "TORCH=$TORCH: choose cuda or cpu" >&2; exit 2 ;; \
    esac
COPY pyproject.toml README.md LICENSE ./
COPY alseg alseg
COPY conf conf
RUN /opt/alseg/bin/pip install -c constraints.txt ".[$EXTRAS]"

FROM python:${PYTHON}-slim
COPY --from=build /opt/alseg /opt/alseg
# Nobody's rights but its own; whoever mounts folders of theirs runs it as themselves: docker run --user "$(id -u):$(id -g)".
RUN useradd --create-home --uid 1000 alseg && mkdir /work && chown alseg:alseg /work
# The cache and what libraries keep at home lie where every user may write.
ENV PATH=/opt/alseg/bin:$PATH HOME=/tmp ALSEG_CACHE=/tmp/alseg MPLCONFIGDIR=/tmp/matplotlib
USER alseg
WORKDIR /work
ENTRYPOINT ["alseg"]
CMD ["--help"]
