"""Runs a program of Python with byte code from outside of its image. Rendered by matrix-deploy.

Python compiles what it imports, and the official image has no byte code and no place to keep any: compiling takes most
of Synapse's start. So a job does it once for each image, and the service only reads what that wrote:

    python3 with_byte_code.py --fill MODULE...      writes the byte code of these modules and of all that they import
    python3 with_byte_code.py PROGRAM ARGUMENT...   becomes the program, with that byte code where it is whole

Byte code is worth time and nothing else. Python checks the hash of each source (PEP 552, "checked hash"), so that byte
code of another image is not used; and a file that was damaged would end the program, so that one whose digest is not
that of the index is not used either, with all the rest.
"""

import hashlib
import os
import sys

PLACE = "/pyc"
INDEX = os.path.join(PLACE, "index")
# Python looks there for byte code, and writes it there.
VARIABLE = "PYTHONPYCACHEPREFIX"
# Of the image, as matrix-deploy knows it.
KEY = "CACHE_KEY"
CHECKED_HASH = (0b11).to_bytes(4, "little")


def files() -> list[str]:
    """The paths of all byte code, in an order that is always the same."""
    found = [os.path.join(top, name) for top, _, names in os.walk(PLACE) for name in names]
    return sorted(path for path in found if path != INDEX)


def digest() -> str:
    """Of all byte code, with the paths."""
    total = hashlib.sha256()
    for path in files():
        with open(path, "rb") as file:
            content = file.read()
        total.update(f"{path}\0{len(content)}\0".encode())
        total.update(content)
    return total.hexdigest()


def is_whole() -> bool:
    """Is the byte code what a job wrote to its end?"""
    try:
        with open(INDEX, encoding="ascii") as index:
            _key, recorded = index.read().split()
        if digest() == recorded:
            return True
    except FileNotFoundError:
        return False
    except (OSError, ValueError):
        pass
    print(f"the byte code in {PLACE} is damaged: starting without it", file=sys.stderr, flush=True)
    return False


def empty() -> None:
    """Removes what is there: byte code of another image, or of a job that was killed."""
    for top, directories, names in os.walk(PLACE, topdown=False):
        for name in names:
            os.remove(os.path.join(top, name))
        for name in directories:
            os.rmdir(os.path.join(top, name))


def seal(byte_code: str, source: str) -> None:
    """Lets byte code depend on the hash of its source, where Python writes the time and the size: those may be the same."""
    from importlib.util import source_hash

    with open(source, "rb") as file:
        hash_of_source = source_hash(file.read())
    with open(byte_code, "r+b") as file:
        file.seek(4)
        file.write(CHECKED_HASH + hash_of_source)


def fill(modules: list[str]) -> None:
    """Writes the byte code of modules and of all that they import, and last of all the index."""
    if VARIABLE not in os.environ:
        empty()
        # Once more from the start: what Python itself imports has been imported by now.
        os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, VARIABLE: PLACE})
    import importlib

    for module in modules:
        importlib.import_module(module)
    # Nothing is to come beside what is sealed and counted.
    sys.dont_write_bytecode = True
    sealed = {INDEX}
    for module in list(sys.modules.values()):
        spec = getattr(module, "__spec__", None)
        byte_code = getattr(spec, "cached", None)
        if byte_code and byte_code not in sealed and os.path.exists(byte_code):
            seal(byte_code, spec.origin)
            sealed.add(byte_code)
    for path in files():
        if path not in sealed:
            os.remove(path)
    recorded = digest()
    with open(f"{INDEX}.new", "w", encoding="ascii") as index:
        index.write(f"{os.environ[KEY]}\n{recorded}\n")
    os.rename(f"{INDEX}.new", INDEX)


if __name__ == "__main__":
    if sys.argv[1] == "--fill":
        fill(sys.argv[2:])
    else:
        if is_whole():
            os.environ[VARIABLE] = PLACE
        os.execvp(sys.argv[1], sys.argv[1:])
