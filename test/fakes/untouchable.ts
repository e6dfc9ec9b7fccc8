import type { FakeWorld } from './world.ts';

/** A host on which nothing may be done. */
export const untouchable: Pick<FakeWorld, 'engine' | 'compose'> = {
  engine: new Proxy({} as FakeWorld['engine'], {
    get: (_engine, method) =>
      // It must not look like a promise.
      method === 'then'
        ? undefined
        : () => Promise.reject(new Error(`the engine was asked: ${String(method)}`)),
  }),
  compose: () => {
    throw new Error('Compose was asked');
  },
};
