import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { type Component, nothing } from '../../../src/components/component.ts';
import { secretNamePattern } from '../../../src/components/secret-reference.ts';
import { dnsName } from '../../../src/identifiers/dns-name.ts';
import { toyService } from '../toy.ts';

const secret = z.strictObject({ from_secret: z.string().regex(secretNamePattern) });

const options = z
  .strictObject({
    host: dnsName('Hostname of the pages.'),
    image: z.string().default('toys/pages:1'),
    owner: secret.describe('Password of the owner.'),
    reader: secret.describe('Password of readers.'),
  })
  .describe('A toy: a static site on a hostname of its own, with two secrets in its configuration file.');

const service = 'pages';
const bundle = 'pages-config';
const template = (name: string) => fileURLToPath(new URL(name, import.meta.url));

export const pages: Component<z.infer<typeof options>> = {
  name: 'pages',
  options,
  optional: true,
  example: (serverName) => ({
    host: `pages.${serverName}`,
    owner: { from_secret: 'pages_owner' },
    reader: { from_secret: 'pages_reader' },
  }),
  hosts: ({ host }) => ({ host }),
  describe({ host, image, owner, reader }, context) {
    const config = context.bundle(bundle);
    return {
      ...nothing,
      services: [
        {
          ...toyService,
          name: service,
          summary: 'Pages.',
          image: context.image(image),
          command: ['serve', '/site'],
          mounts: [
            { source: 'pages', target: '/site' },
            ...(config === undefined ? [] : [{ source: config, target: '/conf' }]),
          ],
          networks: ['web'],
          whenDown: 'nobody can read the pages',
          needs: [],
        },
      ],
      routes: [
        { name: service, hosts: [host], pathPrefixes: ['/'], service, port: 8080, largestBodyBytes: 1024 },
      ],
      files: [{ path: 'pages/index.html', template: template('index.html') }],
      bundles: [
        {
          name: bundle,
          files: [
            {
              name: 'config.yaml',
              kind: 'settings',
              template: template('config.yaml'),
              values: { passwords: { owner, reader } },
            },
          ],
        },
      ],
      probes: [{ service, name: 'serves pages', kind: 'exec', command: ['fetch', '/'], timeoutSeconds: 60 }],
      expectations: [
        {
          name: 'the pages',
          host,
          path: '/',
          judge: ({ status }) => (status === 200 ? undefined : `status ${status}`),
        },
      ],
    };
  },
};
