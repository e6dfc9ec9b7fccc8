import { createConfigText, localConfigValues } from '../../src/config/create.ts';
import { parseConfig } from '../../src/config/parse.ts';
import type { Config } from '../../src/config/schema.ts';

/** What `init --local` writes. */
export const localConfig: Config = parseConfig(createConfigText(localConfigValues('localhost', 8443)));

/** A public server with its API on a name of its own. */
export const publicConfig: Config = parseConfig(`
version: 1
server_name: example.org
host: matrix.example.org
traefik:
  certificates: { issuer: acme, email: me@example.org }
`);
