import { type FailureKnowledge, pathOnHost, type Symptom } from '../failure.ts';
import { databaseServer } from '../postgres/postgres.ts';
import type { Mount } from '../service.ts';
import { databasePassword } from './secret-files.ts';

const block = 'Error in configuration';
/**
 * Prefix of a message that names no option. It is removed: the message is quoted as a refused configuration anyway.
 */
const nameless = /^Error in configuration: */;
const rule = /^\*+$/;
const exception = /^[\w.]*(Error|Exception|DatabaseSetup)\b/;

/** The messages of Synapse when it does not work (element-hq/synapse: app/_base.py, config/_base.py, storage/). */
export function failuresOf(mounts: readonly Mount[]): FailureKnowledge {
  return {
    symptoms: [...directorySymptoms(mounts), ...databaseSymptoms, ...imageSymptoms],
    refusal: (log) => explainRefusal(log.join('\n')),
    quote: (log) => {
      const line = log.map((each) => each.trim()).findLast((each) => exception.test(each) || isTuple(each));
      return line && withoutTuple(line);
    },
    // It would damage the indexes of the database, whose order depends on the locale.
    badAdvice: /allow_unsafe_locale/,
  };
}

/** How Python prints a ConfigError with the path of its option: `('what is wrong', ('media', 'x'))`. */
const tuple = /^\((['"])(.*)\1, (?:None|[[(](.*)[\])])\)$/;

function isTuple(line: string): boolean {
  return tuple.test(line);
}

/**
 * The message of a ConfigError, with its option, if Synapse's check prints it as a tuple
 * (synapse/config/__main__.py); any other line unchanged.
 */
function withoutTuple(line: string): string {
  const [, , message, path = ''] = tuple.exec(line) ?? [];
  if (message === undefined) return line;
  const option = [...path.matchAll(/'([^']*)'|"([^"]*)"|<item (\d+)>|(\d+)/g)].map((found) =>
    found.slice(1).find((part) => part !== undefined),
  );
  const sentence = message.replace(/\\n/g, ' ').replace(/\\(['"\\])/g, '$1');
  return option.length === 0 ? sentence : `${option.join('.')}: ${sentence}`;
}

function directorySymptoms(mounts: readonly Mount[]): Symptom[] {
  return [
    {
      // os.makedirs on a dangling link, or Synapse's own message (config/_base.py, ensure_directory).
      says: /File exists: '(\/data(?:\/media_store|\/tmp)?)'|(\/data(?:\/media_store|\/tmp)?) is not a directory/,
      means: ([, file, other = '']) => {
        const path = pathOnHost(mounts, file ?? other);
        return {
          cause: `${path} is no directory that its container sees`,
          remedy: `A symbolic link does not lead out of a container. Put the directory itself at ${path}: move it back, or mount its disk there (\`mount --bind\`).`,
        };
      },
    },
    {
      says: /No such file or directory: '(\/run\/secrets\/[^']*)'/,
      means: ([, file = '']) => ({
        cause: `${pathOnHost(mounts, file)} is not there`,
        remedy: 'Put it back: from a backup, or by mounting its disk.',
      }),
    },
  ];
}

const databaseSymptoms: readonly Symptom[] = [
  {
    // templates/synapse/only_one.py.
    says: /another Synapse (?:uses|has taken) the database/,
    means: () => ({
      cause: 'another Synapse uses its database',
      remedy: 'End that one: `docker ps` shows its container, where it runs on this host.',
    }),
  },
  {
    says: /password authentication failed for user/,
    means: () => ({
      cause: 'the database does not accept its password',
      remedy: `secrets/${databasePassword} and data/postgres are not from the same server: put back the one that was replaced.`,
    }),
  },
  {
    says: /database "([^"]+)" does not exist/,
    means: ([, name]) => ({
      cause: `there is no database ${name} in ${databaseServer.service}`,
      remedy: 'Restore it from a backup. For an empty one, run `matrix-deploy apply`.',
    }),
  },
  {
    // After an interrupted first start, Synapse tries to create what exists already (storage/prepare_database.py,
    // `_setup_new_database`).
    says: /\b_setup_new_database\b[\s\S]*\b(?:DuplicateTable|DuplicateObject|DuplicateFunction)\b/,
    means: () => ({
      cause: 'its first start was cut off while it created its tables',
      remedy: 'Run the command again: a set-up that was not finished is begun again.',
      isCutOff: true,
    }),
  },
  {
    says: /too new for the server to understand/,
    means: () => ({
      cause: 'its database was changed by a newer Synapse, which this one cannot read',
      remedy: 'Set `synapse.image` in matrix.yaml back to the version that ran last, or to a newer one.',
    }),
  },
  {
    says: /Database (?:has|is) incorrect(?:ly configured)?(?: (?:collation|ctype|encoding)[^\n]*)?/,
    means: () => ({
      cause: 'its database was not created with the locale C and UTF-8',
      remedy:
        'Dump the database and restore it into one that is (Synapse\'s documentation, "Using Postgres"). Do not let Synapse use it as it is: its indexes would be damaged.',
    }),
  },
  {
    says: /too many clients already|remaining connection slots are reserved/,
    means: () => ({
      cause: 'the database has no connection left for it',
      remedy:
        'See who has them: `docker compose exec postgres psql -U postgres -c "select usename, client_addr, state from pg_stat_activity"`.',
    }),
  },
  {
    says: /(?:could not translate host name|connection to server at|server closed the connection|the database system is (?:starting up|shutting down|in recovery mode))[^\n]*/,
    means: ([line]) => ({
      cause: `its database does not answer (${line.trim()})`,
      remedy: `See what is wrong with ${databaseServer.service}: \`matrix-deploy status\`, \`docker compose logs ${databaseServer.service}\`.`,
    }),
  },
];

const imageSymptoms: readonly Symptom[] = [
  {
    says: /No module named '?patient_synapse/,
    means: () => ({
      cause: 'it cannot read synapse/patient_synapse.py',
      remedy: 'Let all users read synapse/ and what is in it: `chmod -R a+rX synapse`.',
    }),
  },
  {
    says: /No module named '?synapse\b/,
    means: () => ({
      cause: 'there is no Synapse in its image',
      remedy: 'Set `synapse.image` in matrix.yaml to an image of Synapse.',
    }),
  },
];

/**
 * The last objection of Synapse to its configuration; `undefined` if the output has none. It is a block that begins
 * with "Error in configuration" and may be framed by asterisks (synapse/app/_base.py, synapse/config/_base.py).
 */
export function explainRefusal(output: string): string | undefined {
  const lines = output.split('\n').map((line) => line.trim());
  const start = lines.findLastIndex((line) => line.startsWith(block));
  if (start < 0) return undefined;
  const text = lines.slice(start).filter((line) => line !== '' && !rule.test(line));
  const end = text.findIndex((line) => line.startsWith('Traceback'));
  const sentence = text.slice(0, end < 0 ? undefined : end).join(' ');
  return sentence.replace(nameless, '');
}
