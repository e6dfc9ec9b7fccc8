import { createRequire } from 'node:module';

// Required, not imported: for an import, the module loader of Node 22 and newer reads every export of `node:http`.
// One of them, `http.WebSocket`, loads all of undici, which takes 25 ms.
export const { Agent, createServer, request } = createRequire(import.meta.url)(
  'node:http',
) as typeof import('node:http');
