import { asObject, objectIn } from '../../json-object.ts';
import { type Component, nothing, type StackContext } from '../component.ts';
import { foreignName } from '../foreign-name.ts';
import type { Answer, Expectation, Probe } from '../questions.ts';
import type { NetworkName } from '../service.ts';
import { configSettings, namedHomeserver } from './config.ts';
import { servingLimits } from './limits.ts';
import { type ElementOptions, options } from './options.ts';

const service = 'element';

/** Both as in templates/element/nginx.conf. Browsers send no bodies, since only files are served. */
const port = 8080;
const largestBodyBytes = 1024;

/** A command in its container that succeeds when a file is served. */
const fetching = (path: string) => ['wget', '-q', '-O', '/dev/null', `http://127.0.0.1:${port}${path}`];

/** Element Web: files for browsers, and the configuration that names the homeserver. */
export const element = {
  name: 'element',
  options,
  optional: true,
  example: (serverName) => ({ host: `chat.${serverName}` }),
  hosts: ({ host }) => ({ host }),
  describe(chosen, context) {
    const limits = servingLimits(chosen.memory);
    const network: NetworkName = context.edge.behind?.kind === 'traefik' ? 'foreign' : 'web';
    return {
      ...nothing,
      services: [
        {
          name: service,
          summary: 'Element Web, the client for browsers: it serves files, and sees no message.',
          image: context.image(chosen.image),
          // nginx's own user in the image (nginxinc/docker-nginx-unprivileged).
          user: { uid: 101, gid: 101 },
          // Replaces the entry point of the image, which writes into the image.
          entrypoint: ['sh', '/conf/serve.sh'],
          command: [String(limits.connections)],
          environment: {},
          mounts: [{ source: 'element', target: '/conf' }],
          tmpfs: [
            { target: '/tmp', sizeMegabytes: 8, mode: 0o1777 },
            { target: '/compressed', sizeMegabytes: limits.compressedMegabytes, mode: 0o1777 },
          ],
          networks: [network],
          foreignName: foreignName(service, context),
          ports: [],
          health: fetching('/version'),
          memory: chosen.memory,
          cpus: chosen.cpus ?? undefined,
          pids: 20,
          stopGraceSeconds: 10,
          whenDown: 'the web client does not load; other apps work as usual',
          needs: [],
          gate: { network, probes: [servesItself] },
          failures: { symptoms: [] },
        },
      ],
      routes: [
        {
          name: service,
          hosts: [chosen.host],
          pathPrefixes: ['/'],
          service,
          port,
          largestBodyBytes,
          requestsPerClient: limits.requestsPerClient,
        },
      ],
      files: [
        { path: 'element/serve.sh', template: 'element/serve.sh' },
        { path: 'element/nginx.conf', template: 'element/nginx.conf' },
        {
          path: 'element/config.json',
          template: 'element/config.json',
          values: ({ homeserver }) => configSettings(chosen, context, homeserver),
        },
      ],
      probes: [servesItself],
      expectations: expectations(chosen, context),
    };
  },
} as const satisfies Component<ElementOptions>;

const servesItself: Probe = {
  service,
  name: 'serves the web client',
  kind: 'exec',
  command: fetching('/config.json'),
  timeoutSeconds: 60,
};

function expectations({ host }: ElementOptions, context: StackContext): Expectation[] {
  return [
    { name: 'the web client', host, path: '/', judge: objectionToPage },
    {
      name: 'that the web client leads to this homeserver',
      host,
      path: `/config.${host}.json`,
      judge: (answer) => objectionToConfig(answer, namedHomeserver(context)),
    },
  ];
}

function objectionToPage({ status, headers }: Answer): string | undefined {
  if (status !== 200) return `status ${status}`;
  return headers['content-security-policy']?.includes("frame-ancestors 'self'")
    ? undefined
    : 'no header that forbids other sites to embed it';
}

function objectionToConfig(
  { status, body }: Answer,
  wanted: ReturnType<typeof namedHomeserver>,
): string | undefined {
  if (status !== 200) return `status ${status}`;
  const named = asObject(asObject(objectIn(body)?.default_server_config)?.['m.homeserver']);
  if (named === undefined) return 'it names no homeserver';
  const { base_url, server_name } = named;
  return base_url === wanted.base_url && server_name === wanted.server_name
    ? undefined
    : `it leads to ${server_name} at ${base_url}`;
}
