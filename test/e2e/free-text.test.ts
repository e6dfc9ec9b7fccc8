import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import { pythonReading } from '../../src/config/python-yaml.ts';
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

/** What PyYAML, as it is in Synapse's image, makes of texts of YAML that a program in Python turns into JSON. */
async function askPython(program: string, input: string): Promise<unknown> {
  await host.writeFile('/root/input', input);
  const python = ['docker', 'run', '--rm', '--interactive', '--entrypoint', 'python3', image('synapse')];
  const script = ['sh', '-c', '"$@" </root/input', 'sh', ...python, '-c', program];
  return JSON.parse(await host.run(script, { timeoutSeconds: 120 }));
}

it('Synapse must read every number from homeserver.yaml as it was meant', async () => {
  const special = [1e21, 1e-7, -0, 5e-324, Number.MAX_VALUE, 2 ** 53 + 2, -1.5e-9, 1e300, 0.1];
  const numbers = [
    ...special,
    ...fc.sample(fc.double({ noNaN: true, noDefaultInfinity: true }), { numRuns: 5000, seed }),
  ];
  const deep = numbers.map((number) => [{ number }]);
  const text = rendered(
    { homeserver: { modules: [{ module: 'a.Module', config: { deep } }] } },
    'synapse/homeserver.yaml',
  );
  const program = `import json, sys, yaml
deep = yaml.safe_load(sys.stdin)["modules"][0]["config"]["deep"]
json.dump([[type(item[0]["number"]).__name__, float(item[0]["number"]).hex()] for item in deep], sys.stdout)`;
  const read = (await askPython(program, text)) as [string, string][];
  expect(read.filter(([type]) => type !== 'int' && type !== 'float')).toEqual([]);
  const meant = await askPython(
    'import json, sys; json.dump([float(number).hex() for number in json.load(sys.stdin)], sys.stdout)',
    JSON.stringify(numbers),
  );
  expect(read.map(([, value]) => value)).toEqual(meant);
});

it('PyYAML must make of a scalar what we believe that it makes of it', async () => {
  const piece = fc.constantFrom(
    ...[
      'no',
      'off',
      'yes',
      'on',
      'y',
      'null',
      '~',
      '=',
      '<<',
      '.inf',
      '.nan',
      '0',
      '1',
      '7',
      '9',
      '12',
      '60',
      'e',
      'E',
    ],
    ...['-', '+', '.', ':', '_', '0x', '0b', '0o', 'f', '2026-01-01', 'T10:00:00', 'Z'],
  );
  const scalars = [
    ...new Set(
      fc
        .sample(fc.array(piece, { minLength: 1, maxLength: 5 }), { numRuns: 20_000, seed })
        .map((pieces) => pieces.join('')),
    ),
  ];
  const program = `import datetime, json, sys, yaml
def reading(text):
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError:
        return None
    if not isinstance(node, yaml.ScalarNode) or node.value != text:
        return None
    try:
        value = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError):
        return "nothing"
    if isinstance(value, (datetime.date, str)):
        return "text" if isinstance(value, str) else "date"
    return "value " + (str(value).lower() if value is None or isinstance(value, (bool, int)) else float(value).hex())
json.dump([reading(text) for text in json.load(sys.stdin)], sys.stdout)`;
  const hex =
    'import json, sys; json.dump([float(x.replace("Infinity", "inf")).hex() for x in json.load(sys.stdin)], sys.stdout)';
  const [theirs, believed] = [
    (await askPython(program, JSON.stringify(scalars))) as (string | null)[],
    scalars.map(pythonReading),
  ];
  const floats = believed.flatMap((one) =>
    // As text, zero has no sign.
    one.kind === 'value' && typeof one.value === 'number'
      ? [Object.is(one.value, -0) ? '-0' : String(one.value)]
      : [],
  );
  const hexadecimal = (await askPython(hex, JSON.stringify(floats))) as string[];
  const ours = believed.map((one) => {
    if (one.kind !== 'value') return one.kind;
    if (typeof one.value === 'number') return `value ${hexadecimal.shift()}`;
    return `value ${one.value === null ? 'none' : one.value}`;
  });
  // A date that is in no calendar is an error to it; neither is a value that we would take.
  const isOther = (_scalar: string, index: number) =>
    theirs[index] !== null &&
    theirs[index] !== ours[index] &&
    !(ours[index] === 'date' && theirs[index] === 'nothing');
  expect(scalars.filter(isOther).map((scalar) => ({ seed, scalar }))).toEqual([]);
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
    // Without its values Traefik refuses it, and the whole file with it.
    tcp: undefined,
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
