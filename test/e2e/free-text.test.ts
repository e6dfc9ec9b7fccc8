import { beforeAll, expect, it } from 'vitest';
import { renderStack } from '../../src/render/render.ts';
import { openTemplate, printDocument, setValues } from '../../src/render/template.ts';
import { describeStack, type Stack } from '../../src/stack/stack.ts';
import { publicConfig } from '../fakes/configurations.ts';
import { randomTexts } from '../fakes/texts.ts';
import { attachLab } from '../lab/attach.ts';
import { waitUntil } from '../lab/command.ts';
import type { Host } from '../lab/host.ts';
import { stackImages } from './support/stack-images.ts';

// What the programs themselves read that our files are for; unit/render/free-text.test.ts has each field.
const seed = Date.now() % 2 ** 31;
const texts = randomTexts(10_000, seed);
const stack = describeStack(publicConfig, {});
const image = (name: string) => stack.images.find((tag) => tag.includes(name)) ?? '';
const lab = await attachLab();
let host: Host;
beforeAll(async () => {
  host = await lab.host('alpha', { images: stackImages });
});

function rendered(changes: Partial<Stack>, path: string): string {
  return renderStack({ ...stack, ...changes }).files.find((file) => file.path === path)?.text ?? '';
}

/** Where two lists differ first: ten thousand lines of difference help nobody. */
function firstDifference(read: readonly unknown[], written: readonly string[]) {
  const index = written.findIndex((text, at) => read[at] !== text);
  return index < 0 ? undefined : { seed, written: written[index], read: read[index] };
}

it('Synapse must read every text from homeserver.yaml as it was meant', async () => {
  const modules = [{ module: 'a.Module', config: { texts } }];
  await host.writeFile('/root/h.yaml', rendered({ homeserver: { modules } }, 'synapse/homeserver.yaml'));
  const read =
    'import json, sys, yaml; json.dump(yaml.safe_load(sys.stdin)["modules"][0]["config"]["texts"], sys.stdout)';
  const python = ['docker', 'run', '--rm', '--interactive', '--entrypoint', 'python3', image('synapse')];
  const script = ['sh', '-c', '"$@" </root/h.yaml', 'sh', ...python, '-c', read];
  const answer = JSON.parse(await host.run(script, { timeoutSeconds: 120 }));
  expect(answer).toHaveLength(texts.length);
  expect(firstDifference(answer, texts)).toBeUndefined();
});

it('Compose must read every text from docker-compose.yml as it was meant', async () => {
  const [service] = stack.services;
  if (service === undefined) throw new Error('no service');
  const services = [{ ...service, command: texts, needs: [] }];
  await host.writeFile('/root/c/docker-compose.yml', rendered({ services }, 'docker-compose.yml'));
  const config = ['docker', 'compose', 'config', '--format', 'json'];
  const answer = JSON.parse(await host.run(config, { cwd: '/root/c', timeoutSeconds: 120 }));
  // It writes a dollar twice, as one must who writes such a file.
  const read = answer.services[service.name].command.map((text: string) => text.replaceAll('$$', '$'));
  expect(read).toHaveLength(texts.length);
  expect(firstDifference(read, texts)).toBeUndefined();
});

it('Traefik must read every text from its files as it was meant', async () => {
  // What it would evaluate is refused where routes are rendered.
  const plain = texts.filter((text) => !text.includes('{{'));
  const document = openTemplate('traefik/routes.yml');
  const headers = Object.fromEntries(plain.map((text, index) => [`T${index}`, text]));
  const router = { rule: 'Path(`/`)', service: 'noop@internal', middlewares: ['all'] };
  const middlewares = { all: { headers: { customRequestHeaders: headers } } };
  setValues(document, {
    http: { routers: { any: router }, services: undefined, middlewares },
    tls: undefined,
  });
  await host.writeFile('/root/dynamic/routes.yml', printDocument(document));
  const mount = ['--volume', '/root/dynamic:/dynamic:ro', '--publish', '127.0.0.1:8080:8080'];
  const options = ['--api.insecure', '--providers.file.directory=/dynamic'];
  await host.run(['docker', 'run', '--detach', ...mount, image('traefik'), ...options]);
  const api = ['curl', '--silent', 'http://127.0.0.1:8080/api/http/middlewares/all@file'];
  await waitUntil('Traefik has read its file', async () => (await host.exec(api)).stdout.includes('T0'));
  const read = JSON.parse(await host.run(api)).headers.customRequestHeaders;
  const values = plain.map((_, index) => read[`T${index}`]);
  expect(firstDifference(values, plain)).toBeUndefined();
});
