import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { localConfigValues } from '../../src/config/create.ts';
import { createConfigText } from '../../src/render/new-config.ts';
import { runCommand } from './command-line.ts';
import { temporaryDirectory } from './directory.ts';
import { fakeWorld } from './world.ts';

type Options = Partial<Parameters<typeof runCommand>[2]>;

/** A directory with a matrix.yaml for a free port, on a host with an engine and no images. */
export async function newHost() {
  const world = fakeWorld();
  onTestFinished(() => world.close());
  const directory = await temporaryDirectory();
  const config = createConfigText(localConfigValues('localhost', await freePort()));
  await writeFile(join(directory, 'matrix.yaml'), config);
  return {
    world,
    directory,
    run: (argv: string, options: Options = {}) =>
      runCommand(world, argv.split(' '), { workingDirectory: directory, ...options }),
    read: (path: string) => readFile(join(directory, path), 'utf8'),
    write: (path: string, text: string) => writeFile(join(directory, path), text),
    /** Puts another value into matrix.yaml. */
    configure: (from: string, to: string) =>
      writeFile(join(directory, 'matrix.yaml'), config.replace(from, to)),
  };
}

export type Host = Awaited<ReturnType<typeof newHost>>;

/** The same with a server that runs. */
export async function installedHost(): Promise<Host> {
  const host = await newHost();
  const { exitCode, stderr } = await host.run('init --local --yes');
  expect(exitCode, stderr).toBe(0);
  host.world.log.length = 0;
  return host;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
