"""Tells what this release of Synapse would do with a database. `matrix-deploy upgrade` has it read and run in the release's image.

Nothing of Synapse is imported, which would take seconds: the module with its schema's numbers has nothing but them.
Works in the background are named as arguments; a release that has no handler for one gives it up after some attempts
(synapse/storage/background_updates.py).
"""

import importlib.metadata
import importlib.util
import pathlib
import runpy
import sys

package = pathlib.Path(importlib.util.find_spec("synapse").origin).parent
schema = package / "storage" / "schema"
numbers = runpy.run_path(str(schema / "__init__.py"))

print("version", importlib.metadata.version("matrix-synapse"))
print("schema", numbers["SCHEMA_VERSION"])
print("compat", numbers["SCHEMA_COMPAT_VERSION"])
# As synapse/storage/prepare_database.py chooses them for Postgres, and calls them in applied_schema_deltas.
for path in sorted(schema.glob("*/delta/*/*"), key=lambda path: (path.parent.name.zfill(4), path.name)):
    if path.parent.name.isdigit() and path.name.endswith((".py", ".sql", ".sql.postgres")):
        print("change", f"{path.parent.name}/{path.name}")

works = sys.argv[1:]
if works:
    code = "\n".join(
        path.read_text() for path in package.glob("**/*.py") if schema not in path.parents
    )
    for work in works:
        if f'"{work}"' not in code and f"'{work}'" not in code:
            print("unknown", work)
