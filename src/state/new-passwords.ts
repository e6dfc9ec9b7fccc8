import { UsageError } from '../errors.ts';
import { readIfExists, writeAtomically } from '../host/files.ts';
import { modes } from '../layout.ts';
import { Secret } from '../secrets/secret.ts';

/** CSV files with the names and generated passwords of new users. Only their owner can read them. */
export interface NewPasswords {
  /**
   * A user's password in a file; `undefined` if there is none.
   *
   * @throws UsageError for a file with other content, so that it is not overwritten
   */
  find(path: string, localpart: string): Promise<Secret | undefined>;
  /** Sets a user's password in a file, or removes it if `password` is `undefined`. */
  set(path: string, localpart: string, password: Secret | undefined): Promise<void>;
  /** Writes the files that have changed. After that, a power cut does not lose the passwords. */
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
      // One at a time: otherwise an older write could replace a newer one, or a call could return too early.
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
    throw new UsageError(`${path} exists already, and is not a file of new passwords`, {
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
