import type { Route, StackContext } from '../component.ts';
import { foreignName } from '../foreign-name.ts';
import type { Service } from '../service.ts';
import type { EdgeOptions } from './edge-options.ts';
import { holdsSeconds, routerRule } from './settings.ts';

/** The settings for an existing Traefik. */
export type ExistingTraefikOptions = Extract<EdgeOptions, { kind: 'traefik' }>;

/** The first pause between two attempts to reach a service, in milliseconds. */
const firstPause = 250;

/**
 * The number of attempts. Traefik's middleware `retry` lets the pauses grow to twice the first one, evenly on a
 * logarithmic scale, so that they are 1.44 times as long on average. A setting for the total time exists only since
 * 3.7, and Traefik ignores all labels if it does not know one of the settings.
 */
const attempts = Math.ceil((holdsSeconds * 1000) / (firstPause * 1.44));

/** Whether a Traefik that reads the labels of containers leads requests by this one: `NAME=VALUE`. */
export function leadsRequests(label: string): boolean {
  return label.startsWith('traefik.');
}

/**
 * The service whose labels tell the existing Traefik the routes to the other services. It does nothing, and has no
 * network. The services do not have these labels themselves: while a container is replaced, its labels are gone, and
 * Traefik would answer 404.
 */
export function routesService(
  chosen: ExistingTraefikOptions & Readonly<{ hsts_seconds: number | null }>,
  routes: readonly Route[],
  context: Pick<StackContext, 'databaseImage' | 'edge' | 'serverName'>,
): Service {
  return {
    name: 'routes',
    summary:
      'Its labels tell the Traefik of this host where requests go. It does nothing, and has no network.',
    image: context.databaseImage(),
    user: { uid: 65534, gid: 65534 },
    entrypoint: ['sleep'],
    command: ['infinity'],
    environment: {},
    mounts: [],
    tmpfs: [],
    networks: [],
    labels: routeLabels(chosen, routes, context),
    ports: [],
    // Traefik ignores the labels of a container as long as its health is not known.
    health: [],
    memory: '16m',
    pids: 10,
    stopGraceSeconds: 1,
    whileReplaced: 'is replaced: until Traefik has read the new labels, for some seconds, clients get 404',
    whenDown: 'the Traefik of this host has no routes to the server: clients get 404',
    needs: [],
    failures: { symptoms: [] },
  };
}

/** Labels for Traefik's Docker provider: a router for each route, and the middlewares that requests pass. */
function routeLabels(
  chosen: ExistingTraefikOptions & Readonly<{ hsts_seconds: number | null }>,
  routes: readonly Route[],
  context: Pick<StackContext, 'edge' | 'serverName'>,
): Record<string, string> {
  // All containers of the host share these names: `a.b` and `a-b` must not get the same one.
  const server = context.serverName.replaceAll('-', '--').replaceAll('.', '-');
  const own = (name: string) => `matrix-${server}-${name}`;
  const headers = own('headers');
  const wait = own('until-reached');
  return {
    'traefik.enable': 'true',
    ...chosen.labels,
    ...Object.assign(
      {},
      ...routes.map((route) => {
        const name = own(route.name);
        const router = `traefik.http.routers.${name}`;
        return {
          [`${router}.rule`]: routerRule(route),
          [`${router}.entrypoints`]: chosen.entry_point,
          [`${router}.tls`]: 'true',
          ...(chosen.certificate_resolver === null
            ? {}
            : { [`${router}.tls.certresolver`]: chosen.certificate_resolver }),
          [`${router}.middlewares`]: [...chosen.middlewares, headers, wait].join(','),
          [`${router}.service`]: name,
          [`traefik.http.services.${name}.loadbalancer.server.url`]: `http://${foreignName(route.service, context)}.:${route.port}`,
        };
      }),
    ),
    [`traefik.http.middlewares.${wait}.retry.attempts`]: String(attempts),
    [`traefik.http.middlewares.${wait}.retry.initialinterval`]: `${firstPause}ms`,
    // Hides the version of the homeserver: an empty value removes a header.
    [`traefik.http.middlewares.${headers}.headers.customresponseheaders.Server`]: '',
    ...(chosen.hsts_seconds === null
      ? {}
      : {
          [`traefik.http.middlewares.${headers}.headers.customresponseheaders.Strict-Transport-Security`]: `max-age=${chosen.hsts_seconds}`,
        }),
  };
}
