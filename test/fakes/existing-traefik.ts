import type { SeenTraefik } from '../../src/components/traefik/existing-traefik.ts';

/** A container in which a Traefik runs that was told nothing. */
export const seenTraefik: SeenTraefik = {
  container: 'proxy',
  command: ['/entrypoint.sh', 'traefik'],
  environment: ['PATH=/usr/bin'],
  networks: ['proxy_default', 'proxy'],
  withOtherGateway: [],
  version: '3.7.15',
};
