import { describe, expect, test } from 'vitest';
import { readTraefik, type SeenTraefik } from '../../../src/components/traefik/existing-traefik.ts';
import type { ExistingTraefikOptions } from '../../../src/components/traefik/route-labels.ts';
import { judgeTraefik } from '../../../src/preflight/existing-traefik.ts';
import { seenTraefik } from '../../fakes/existing-traefik.ts';

describe('a Traefik that is to serve the homeserver', () => {
  const wanted: ExistingTraefikOptions = {
    kind: 'traefik',
    network: 'proxy',
    entry_point: 'websecure',
    certificate_resolver: 'le',
    middlewares: [],
    labels: {},
  };
  const right = [
    '--providers.docker=true',
    '--entrypoints.websecure.address=:443',
    '--entrypoints.websecure.transport.respondingtimeouts.readtimeout=3600s',
    '--certificatesresolvers.le.acme.tlschallenge=true',
  ];
  const judge = (more: Partial<SeenTraefik> = {}, edge: Partial<ExistingTraefikOptions> = {}) =>
    judgeTraefik(
      readTraefik({ ...seenTraefik, command: right, ...more }),
      { ...wanted, ...edge },
      (version) => (version === '3.6.5' ? 'it refuses encoded slashes' : undefined),
    );
  const option = (text: string) => `--entrypoints.websecure.${text}`;

  test('must be good where everything is correct', () => {
    expect(judge()).toEqual([]);
  });

  test.each<[string, 'failed' | 'warning', RegExp, Partial<SeenTraefik>, Partial<ExistingTraefikOptions>]>([
    ['is too old for our labels', 'failed', /3\.3\.6/, { version: '3.3.6' }, {}],
    ['breaks paths by its version', 'failed', /encoded slashes/, { version: '3.6.5' }, {}],
    ['is not on the network', 'failed', /not on the network/, { networks: ['bridge'] }, {}],
    ['has a network with a gateway elsewhere', 'failed', /gateway/, { withOtherGateway: ['proxy'] }, {}],
    ['reads no labels', 'failed', /labels/, { command: right.slice(1) }, {}],
    ['has no such entry point', 'failed', /entry point/, {}, { entry_point: 'https' }],
    ['has no such resolver', 'failed', /resolver/, {}, { certificate_resolver: 'other' }],
    ['is told of no resolver', 'warning', /certificates/, {}, { certificate_resolver: null }],
    [
      'refuses encoded characters',
      'failed',
      /%23/,
      { command: [...right, option('http.encodedcharacters.allowencodedhash=false')] },
      {},
    ],
    [
      'cuts off uploads',
      'warning',
      /60 seconds/,
      { command: right.filter((word) => !word.includes('readtimeout')) },
      {},
    ],
    [
      'cuts off clients that wait',
      'failed',
      /30 seconds/,
      { command: [...right, option('transport.respondingtimeouts.writetimeout=30s')] },
      {},
    ],
    [
      'takes some containers only',
      'warning',
      /certain labels/,
      { command: [...right, '--providers.docker.constraints=Label(`zone`,`public`)'] },
      {},
    ],
  ])('must be told of when it %s', (_title, verdict, finding, more, edge) => {
    const judged = judge(more, edge);
    expect(judged).toHaveLength(1);
    expect(judged[0]).toMatchObject({ verdict, finding: expect.stringMatching(finding) });
  });

  test('must run', () => {
    expect(judgeTraefik(undefined, wanted, () => undefined)).toMatchObject([{ verdict: 'failed' }]);
  });
});
