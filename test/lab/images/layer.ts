import { run } from '../command.ts';

// What a root file system holds only because it was made on a running machine.
const traces = [
  'dev/*',
  'proc/*',
  'sys/*',
  'run/*.pid',
  'tmp/*',
  'var/cache/apt/*',
  'var/lib/apt/lists/*',
  'var/log/*',
];

export interface LayerOptions {
  /** Whether everything in the layer belongs to root, regardless of its owner here. */
  ownedByRoot?: boolean;
  /** Patterns of paths that do not go into the layer. */
  leftOut?: readonly string[];
}

/** Packs a directory as a layer: the files below it become the files below `/`. */
export async function packLayer(
  directory: string,
  target: string,
  options: LayerOptions = {},
): Promise<void> {
  const owner = options.ownedByRoot ? ['--owner=0', '--group=0'] : [];
  const exclude = [...traces, ...(options.leftOut ?? [])].map((pattern) => `--exclude=./${pattern}`);
  const selection = ['--numeric-owner', '--sort=name', ...owner, '--wildcards', '--anchored', ...exclude];
  await run('tar', ['-C', directory, ...selection, '-cf', target, '.'], { timeoutSeconds: 300 });
}
