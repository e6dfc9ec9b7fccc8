import type { Engine } from './engine.ts';
import { engineFailure } from './engine-failure.ts';

/** All requests to an engine. */
export type EngineCalls = Omit<Engine, 'until'>;

/** What each call asks the engine to do, after "Docker refused to". */
const intents: Readonly<Record<keyof EngineCalls, string>> = {
  version: 'tell its version',
  dataRoot: 'tell where its data is',
  pullsIndirectly: 'tell how it pulls images',
  publishers: 'list the published ports',
  imageDigest: 'show an image',
  imageId: 'show an image',
  memory: 'tell what memory a container uses',
  pull: 'pull an image',
  containers: 'list containers',
  inspect: 'show a container',
  logs: 'show the log of a container',
  running: 'show a container',
  network: 'show a network',
  limitsNotKept: 'tell which limits it keeps',
  processors: 'tell how many processors it has',
  createVolume: 'create a volume',
  volumeLabels: 'show a volume',
  removeVolume: 'remove a volume',
  joinNetwork: 'put a container on a network',
  leaveNetwork: 'take a container off a network',
  removeNetwork: 'remove a network',
  exec: 'run a command in a container',
  run: 'run a one-off container',
  follow: 'run a one-off container',
  launch: 'start a one-off container',
  hasJob: 'list containers',
  makeDirectories: 'create directories',
  fileMode: 'show a file of a container',
  readFile: 'show a file of a container',
  putFile: 'put a file into a container',
  setFileMode: 'change a file of a container',
  removeJobs: 'remove one-off containers',
  removeAbandonedJobs: 'remove one-off containers',
  start: 'start a container',
  restart: 'restart a container',
  stop: 'stop a container',
  remove: 'remove a container',
  endings: 'tell how a container ended',
  processorSeconds: 'tell what a container uses',
  mapsUsers: 'tell how it maps users',
};

/** The same calls with errors that say what the engine was asked to do, and what to do about it. */
export function telling(calls: EngineCalls): EngineCalls {
  const tellingOne =
    (name: keyof EngineCalls, call: (...args: never[]) => Promise<unknown>) =>
    async (...args: never[]) => {
      try {
        return await call(...args);
      } catch (error) {
        throw engineFailure(error, intents[name]);
      }
    };
  const names = Object.keys(calls) as (keyof EngineCalls)[];
  const told = names.map((name) => [name, tellingOne(name, calls[name])]);
  return Object.fromEntries(told) as EngineCalls;
}
