#!/usr/local/bin/python3
"""The entry point of the lab's Synapse images. It keeps the documented contract of the official ones:
the modes, the environment variables, the user that Synapse ends up as, and jemalloc."""

import glob
import os
import subprocess
import sys

import jinja2

DEFAULT_OWNER = "991:991"


def log(text):
    print(text, flush=True)


def fail(text):
    print(text, file=sys.stderr)
    sys.exit(2)


def owner(environ):
    """The user to switch to, or None when there is none to switch to."""
    if os.getuid() != 0 and "UID" not in environ:
        return None
    uid, gid = DEFAULT_OWNER.split(":")
    return environ.get("UID", uid) + ":" + environ.get("GID", gid)


def as_owner(command, user):
    return command if user is None else ["gosu", user] + command


def config_path(environ):
    directory = environ.get("SYNAPSE_CONFIG_DIR", "/data")
    return environ.get("SYNAPSE_CONFIG_PATH", directory + "/homeserver.yaml")


def run(arguments, environ, user):
    if "-m" not in arguments:
        arguments = ["-m", environ.get("SYNAPSE_WORKER", "synapse.app.homeserver")] + arguments
    if "-c" not in arguments and "--config-path" not in arguments:
        path = config_path(environ)
        if not os.path.exists(path):
            fail(
                f"Config file '{path}' does not exist. Make one with the mode `generate`, "
                "or name another in SYNAPSE_CONFIG_PATH."
            )
        arguments += ["--config-path", path]
    libraries = glob.glob("/usr/lib/*/libjemalloc.so.2")
    if libraries:
        environ["LD_PRELOAD"] = libraries[0]
    else:
        log("Could not find jemalloc: using the C library's allocator")
    log("Starting synapse with args " + " ".join(arguments))
    command = as_owner([sys.executable] + arguments, user)
    os.execvpe(command[0], command, environ)


def generate(environ, user):
    for variable in ("SYNAPSE_SERVER_NAME", "SYNAPSE_REPORT_STATS"):
        if variable not in environ:
            fail(f"Environment variable '{variable}' is mandatory in `generate` mode.")
    directory = environ.get("SYNAPSE_CONFIG_DIR", "/data")
    data = environ.get("SYNAPSE_DATA_DIR", "/data")
    server_name = environ["SYNAPSE_SERVER_NAME"]
    log_config = f"{directory}/{server_name}.log.config"
    os.makedirs(directory, exist_ok=True)
    if not os.path.exists(log_config):
        log(f"Creating log config {log_config}")
        with open("/conf/log.config") as template, open(log_config, "w") as target:
            target.write(jinja2.Template(template.read()).render(**environ))
    if user is not None:
        log(f"Setting ownership on {data} to {user}")
        subprocess.run(["chown", user, data], check=True)
    command = as_owner(
        [
            sys.executable,
            "-m",
            "synapse.app.homeserver",
            "--server-name",
            server_name,
            "--report-stats",
            environ["SYNAPSE_REPORT_STATS"],
            "--config-path",
            config_path(environ),
            "--config-directory",
            directory,
            "--data-directory",
            data,
            "--generate-config",
            "--open-private-ports",
        ],
        user,
    )
    subprocess.run(command, check=True)


def main():
    mode = sys.argv[1] if len(sys.argv) > 1 else "run"
    environ = dict(os.environ)
    if mode == "generate":
        generate(environ, owner(environ))
    elif mode == "run":
        run(sys.argv[2:], environ, owner(environ))
    else:
        fail(f"Unknown execution mode '{mode}': it is `run` or `generate`")


main()
