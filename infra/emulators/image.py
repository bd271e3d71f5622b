#!/usr/bin/env python3
"""Prints the image that sam local shall run functions in, after it has made it where it was not there.

  image.py MACHINE BUILT BUSYBOX

Amazon's own where this machine has it or can get it. Else an empty one with the libraries that the functions in BUILT are
linked to, and BUSYBOX, a static one, for the two commands that sam adds to an image: it is not Amazon's, has none of what
Amazon Linux has, and shows no more than that the functions run in a container as sam starts it. By the Python of sam.
"""
import io
import os
import pathlib
import re
import subprocess
import sys
import tarfile

import docker
from docker.errors import APIError, ImageNotFound

AMAZON = "public.ecr.aws/lambda/provided"
OURS = "payonce.local/not-amazons-provided:al2023"


def libraries(built: str) -> set[str]:
    """The files that the loader takes for any of the functions, the loader included."""
    found = set()
    for program in sorted(pathlib.Path(built).glob("*/bootstrap")):
        told = subprocess.run(["ldd", program], capture_output=True, text=True, check=True)
        found.update(re.findall(r"(?:=> |^\s*)(/\S+)", told.stdout, re.MULTILINE))
    return found


def context(built: str, busybox: str) -> io.BytesIO:
    """What the image is built of."""
    recipe = "FROM scratch\nADD root.tar /\nENV PATH=/bin LAMBDA_TASK_ROOT=/var/task\nWORKDIR /var/task\n"
    root, whole = io.BytesIO(), io.BytesIO()
    with tarfile.open(fileobj=root, mode="w", dereference=True) as tar:
        tar.add(busybox, "bin/busybox")
        for name in ("sh", "mv", "chmod"):
            link = tarfile.TarInfo(f"bin/{name}")
            link.type, link.linkname = tarfile.SYMTYPE, "busybox"
            tar.addfile(link)
        for library in sorted(libraries(built)):
            tar.add(library, library.lstrip("/"))
        for folder, mode in (("tmp", 0o1777), ("var/task", 0o755), ("etc", 0o755)):
            entry = tarfile.TarInfo(folder)
            entry.type, entry.mode = tarfile.DIRTYPE, mode
            tar.addfile(entry)
    with tarfile.open(fileobj=whole, mode="w") as tar:
        for name, content in (("Dockerfile", recipe.encode()), ("root.tar", root.getvalue())):
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    whole.seek(0)
    return whole


def image(machine: str, built: str, busybox: str) -> str:
    engine = docker.from_env(timeout=60)
    amazon = f"{AMAZON}:al2023-{machine}"
    try:
        engine.images.get(amazon)
        return amazon
    except ImageNotFound:
        pass
    try:
        engine.images.pull(AMAZON, tag=f"al2023-{machine}")
        return amazon
    except APIError as error:
        print(f"{amazon} cannot be had ({error.explanation}): one of our own stands in for it", file=sys.stderr)
    if not os.access(busybox, os.X_OK):
        sys.exit(f"payonce: no busybox at {busybox} to make an image with")
    engine.images.build(fileobj=context(built, busybox), custom_context=True, tag=OURS, rm=True)
    return OURS


print(image(*sys.argv[1:]))
