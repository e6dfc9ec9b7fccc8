import { createRequire } from 'node:module';

// Not imported: to name all that `node:http` exports, the module loader of Node 22 and newer reads `http.WebSocket`, and
// that loads the whole of undici, 25 ms.
export const { Agent, createServer, request } = createRequire(import.meta.url)(
  'node:http',
) as typeof import('node:http');
