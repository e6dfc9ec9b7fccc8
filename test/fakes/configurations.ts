import { localConfigValues } from '../../src/config/create.ts';
import type { Config } from '../../src/config/schema.ts';
import { createConfigText } from '../../src/render/new-config.ts';
import { parseConfig } from './parse-config.ts';

/** What `init --local` writes. */
export const localConfigText = createConfigText(localConfigValues('localhost', 8443));
export const localConfig: Config = parseConfig(localConfigText);

/** A public server with its API on a name of its own. */
export const publicConfigText = `
version: 1
server_name: example.org
host: matrix.example.org
traefik:
  certificates: { issuer: acme, email: me@example.org }
`;
export const publicConfig: Config = parseConfig(publicConfigText);

/** The same with a site elsewhere on the server name. */
export const elsewhereConfig: Config = parseConfig(`${publicConfigText}delegation: elsewhere\n`);
/** The same behind a proxy that the host has already. */
export const behindProxyConfig: Config = parseConfig(`
version: 1
server_name: example.org
host: matrix.example.org
traefik:
  edge: { kind: host-proxy }
`);

/** The same behind a Traefik that runs in a container already. */
export const behindTraefikConfig: Config = parseConfig(`
version: 1
server_name: example.org
host: matrix.example.org
traefik:
  edge: { kind: traefik, network: proxy, certificate_resolver: le, middlewares: [limits@file] }
`);

/** Those with a proxy of our own: title and value, for `describe.each`. */
export const proxyConfigs: readonly [string, Config][] = [
  ['local', localConfig],
  ['public', publicConfig],
  ['with a site elsewhere', elsewhereConfig],
  ['public, behind another proxy', behindProxyConfig],
];

/** The configurations that a rule of the whole stack must hold for: title and value, for `describe.each`. */
export const everyConfig: readonly [string, Config][] = [
  ...proxyConfigs,
  ['public, behind a Traefik that is there already', behindTraefikConfig],
];
