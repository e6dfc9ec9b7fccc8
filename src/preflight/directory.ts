import { isTemporaryOf } from '../host/files.ts';
import { failed, type Judgement, passed, warning } from '../host/judgement.ts';
import { layout } from '../layout.ts';
import { shellWord } from '../shell-word.ts';

/** Entries that a new file system has from the beginning. */
const innocent = ['lost+found'];

/** Whether an entry was left by an `init` that was killed before it wrote the configuration. */
function isBeginning(name: string, named: readonly string[]): boolean {
  return name === layout.state || [layout.config, ...named].some((file) => isTemporaryOf(file, name));
}

export interface DirectoryFacts {
  readonly directory: string;
  readonly entries: readonly string[];
  /** Files that the configuration names, and that may exist before it. */
  readonly named: readonly string[];
  /** Other directories that a deployment of the same server name runs from. */
  readonly others: readonly string[];
  readonly serverName: string;
}

/**
 * Judges whether a directory holds a deployment, or is free for one, and whether no other directory has a deployment
 * of the same server name.
 */
export function judgeDeployment({
  directory,
  entries,
  named,
  others,
  serverName,
}: DirectoryFacts): Judgement {
  const [other] = others;
  if (other !== undefined) {
    return failed(
      `${serverName} runs already, from ${other}`,
      `Work there (--dir ${shellWord(other)}), or remove its containers first: \`matrix-deploy destroy --dir ${shellWord(other)}\`.`,
    );
  }
  const strange = entries.filter(
    (name) => ![...innocent, ...named].includes(name) && !isBeginning(name, named),
  );
  if (entries.includes(layout.config) || strange.length === 0) {
    return passed(`${directory} is ${entries.includes(layout.config) ? 'a deployment' : 'free'}`);
  }
  const some = strange.slice(0, 5).join(', ');
  return failed(
    `${directory} is no deployment, and not empty: ${some}${strange.length > 5 ? ', …' : ''}`,
    'Name another directory with --dir, or empty this one.',
  );
}

/** @param obstacle the error code that keeps the user from writing in the directory */
export function judgeWritable(directory: string, obstacle: string | undefined): Judgement {
  const remedies: Record<string, [string, string]> = {
    EROFS: [
      'is on a file system that is mounted read-only',
      'Mount it for writing, or name another with --dir.',
    ],
    EACCES: ['may not be written by this user', 'Run as root, or name a directory of your own with --dir.'],
    ENOTDIR: ['cannot be created: what is there is not a directory', 'Name another directory with --dir.'],
  };
  if (obstacle === undefined) {
    return passed(`${directory} can be written`);
  }
  const [seen, remedy] = remedies[obstacle] ?? [
    `cannot be written (${obstacle})`,
    'Name another with --dir.',
  ];
  return failed(`${directory} ${seen}`, remedy);
}

/** @param configuration text of /etc/ufw/ufw.conf, where there is one */
export function judgeFirewall(configuration: string | undefined, ports: readonly string[]): Judgement {
  return /^ENABLED=yes$/m.test(configuration ?? '')
    ? warning(
        `ufw is active, but does not apply to what Docker publishes: ${ports.join(' and ')} will be open`,
        "Nothing has to be done if that is what you want. To filter, use your provider's firewall, or the chain DOCKER-USER.",
      )
    : passed('no firewall that Docker would bypass');
}
