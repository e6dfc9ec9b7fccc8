import { cached } from '../../lab/cache.ts';
import { makeDebianRoot } from '../../lab/engine/debian-root.ts';

// Only Debian's unstable suite has the homeserver.
const system = {
  suite: 'sid',
  packages: ['ca-certificates', 'curl', 'iproute2', 'libstdc++6', 'certbot', 'matrix-synapse'],
};

export function foreignTree(): Promise<string> {
  return cached('foreign-homeserver', system, (root) => makeDebianRoot(system, root));
}
