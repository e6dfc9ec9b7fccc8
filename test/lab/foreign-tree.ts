import { cached } from './cache.ts';
import { makeDebianRoot } from './engine/debian-root.ts';

/** Only the unstable suite has the homeserver. */
const root = {
  suite: 'sid',
  packages: ['ca-certificates', 'curl', 'iproute2', 'libstdc++6', 'certbot', 'matrix-synapse'],
};

/** The root file system of a homeserver that is not ours: Debian with its own package of Synapse, to be configured. */
export function foreignTree(): Promise<string> {
  return cached('foreign-homeserver', root, (tree) => makeDebianRoot(root, tree));
}
