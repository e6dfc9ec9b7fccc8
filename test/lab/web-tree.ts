import { cached } from './cache.ts';
import { makeDebianRoot } from './engine/debian-root.ts';

const root = {
  suite: 'trixie',
  packages: ['ca-certificates', 'curl', 'iproute2', 'libstdc++6', 'nginx', 'apache2', 'caddy', 'haproxy'],
};

/** The root file system of a machine with the web servers and proxies that Debian has: none of them is started. */
export function webTree(): Promise<string> {
  return cached('web-servers', root, (directory) => makeDebianRoot(root, directory));
}
