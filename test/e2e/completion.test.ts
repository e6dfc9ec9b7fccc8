import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { key } from '../fakes/screen.ts';
import { installPackages } from '../lab/engine/apt.ts';
import { findProgram } from '../lab/engine/program.ts';
import { buildProduct, projectRoot } from '../lab/product.ts';
import { type Site, Terminal } from './support/terminal.ts';

const tab = '\t';

/** By its name, how a shell is started without anybody's settings, and what is typed there to have completion. */
const shells = {
  bash: ["env PS1='$ ' bash --norc", 'source <(matrix-deploy completion bash)'],
  zsh: ["env PS1='$ ' zsh -f", 'autoload -U compinit; compinit -D; source <(matrix-deploy completion zsh)'],
  fish: ['fish --no-config', 'matrix-deploy completion fish | source'],
} as const;

/** What is typed, and what stands there after Tab. */
const completions = [
  ['veri', 'verify'],
  ['users set-p', 'users set-password'],
  ['help users promo', 'help users promote'],
  ['apply --overw', 'apply --overwrite-edits'],
  ['users list --sort last', 'users list --sort last-seen'],
  ['users list --reverse --sort=x --admi', 'users list --reverse --sort=x --admins'],
  ['init --answers answ', 'init --answers answers.yaml'],
  ['apply --dir dep', 'apply --dir deployment/'],
] as const;

let directory: string;

beforeAll(async () => {
  await buildProduct();
  const programs = await Promise.all(Object.keys(shells).map(findProgram));
  const missing = Object.keys(shells).filter((_, index) => programs[index] === undefined);
  if (missing.length > 0) await installPackages(missing);
  directory = await realpath(await mkdtemp(join(tmpdir(), 'matrix-deploy-completion-')));
  await symlink(join(projectRoot, 'bin/matrix-deploy.cjs'), join(directory, 'matrix-deploy'));
  await writeFile(join(directory, 'answers.yaml'), '');
  await mkdir(join(directory, 'deployment'));
});
afterAll(() => rm(directory, { recursive: true }));

/** This machine, where the program is on the path, in a directory of the test's. */
const here: Site = {
  async spawn([program = '', ...argv], { env } = {}) {
    const { NODE_EXTRA_CA_CERTS: _, ...inherited } = process.env;
    const PATH = `${directory}:${inherited.PATH}`;
    return spawn(program, argv, { cwd: directory, env: { ...inherited, HOME: directory, PATH, ...env } });
  },
};

/** Repeats like a user who sees nothing: the shells give up after two seconds, and a busy machine may take longer. */
async function pressTabUntilSeen(terminal: Terminal, text: string, times = 4): Promise<void> {
  terminal.type(tab);
  await terminal.screen.see(text, 5).catch((error: unknown) => {
    if (times === 1) throw error;
    return pressTabUntilSeen(terminal, text, times - 1);
  });
}

describe.each(Object.entries(shells))('completion in %s', (_name, [shell, setUp]) => {
  let terminal: Terminal;
  beforeAll(async () => {
    terminal = await Terminal.open(here, shell);
    terminal.type(`${setUp}; echo set" "up\r`);
    await terminal.screen.see('set up', 30);
  });
  afterAll(() => terminal.close());

  it.each(completions)('must make of %j: %j', async (typed, completed) => {
    terminal.type(key.clearLine, `matrix-deploy ${typed}`);
    await pressTabUntilSeen(terminal, `matrix-deploy ${completed}`);
  });

  it('must add nothing where nothing fits, and say nothing where there is no server', async () => {
    terminal.type(
      key.clearLine,
      'clear\r',
      'matrix-deploy users show --dir deployment b',
      tab,
      'ob',
      key.enter,
    );
    await terminal.screen.see('there is no matrix.yaml', 20);
    expect(terminal.screen.text).toContain('users show --dir deployment bob');
  });
});
