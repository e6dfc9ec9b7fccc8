import { UsageError } from '../errors.ts';
import { readIfExists, writeAtomically } from '../host/files.ts';
import { modes } from '../layout.ts';
import { Secret } from '../secrets/secret.ts';

/** Files with the passwords that were made for new users: CSV, by name, that only their owner can read. */
export interface NewPasswords {
  /**
   * The password in a file for a user, if there is one.
   *
   * @throws UsageError for a file that is something else, so that it is not overwritten.
   */
  find(path: string, localpart: string): Promise<Secret | undefined>;
  /** Puts a password into a file, or with `undefined` takes one out of it. */
  set(path: string, localpart: string, password: Secret | undefined): Promise<void>;
  /** Writes the files that have changed. Once this returns, a power cut does not lose it. */
  save(): Promise<void>;
}

type Passwords = Map<string, Secret>;

const header = 'name,password';

/** Opens such files; none is written before `save`. */
export function openNewPasswords(): NewPasswords {
  const files = new Map<string, Promise<Passwords>>();
  const changed = new Set<string>();
  let saving: Promise<void> = Promise.resolve();
  const open = (path: string) => {
    const file = files.get(path) ?? read(path);
    files.set(path, file);
    return file;
  };
  const writeChanged = async () => {
    for (const path of changed) {
      changed.delete(path);
      await write(path, await open(path));
    }
  };
  return {
    find: async (path, localpart) => (await open(path)).get(localpart),
    async set(path, localpart, password) {
      const passwords = await open(path);
      if (password === undefined) {
        passwords.delete(localpart);
      } else {
        passwords.set(localpart, password);
      }
      changed.add(path);
    },
    save() {
      // Two at a time would write the same temporary file.
      saving = saving.then(writeChanged);
      return saving;
    },
  };
}

async function read(path: string): Promise<Passwords> {
  const text = await readIfExists(path);
  const [first, ...lines] = (text ?? header).trimEnd().split('\n');
  const pairs = lines.map((line) => /^([^,]+),([^,]+)$/.exec(line));
  if (first !== header || pairs.includes(null)) {
    throw new UsageError(`${path} is there already, and is no file of new passwords`, {
      code: 'usage.passwords-to',
      hint: 'No user was created. Name another file with --passwords-to.',
    });
  }
  return new Map(pairs.map((pair) => [pair?.[1] ?? '', new Secret(pair?.[2] ?? '')]));
}

async function write(path: string, passwords: Passwords): Promise<void> {
  const lines = [...passwords].map(([name, password]) => `${name},${password.reveal()}`);
  await writeAtomically(path, `${[header, ...lines].join('\n')}\n`, modes.ownSecret);
}
