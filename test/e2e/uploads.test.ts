import { beforeAll, describe, expect, it } from 'vitest';
import { attachLab } from '../lab/attach.ts';
import { type Client, logInAsAdmin } from './support/client.ts';
import { Deployment } from './support/deployment.ts';
import { stackImages } from './support/stack-images.ts';

const lab = await attachLab();
const host = await lab.host('alpha', { images: stackImages });
const deployment = new Deployment(host);
const limit = 20 * 2 ** 20;
let admin: Client;

beforeAll(async () => {
  await deployment.init();
  await deployment.edit({ synapse: { max_upload_size: '20M' } });
  await deployment.exits(0, 'apply');
  admin = await logInAsAdmin(deployment);
});

interface Upload {
  readonly bytes: number;
  /** Without saying before how large it is? */
  readonly chunked?: boolean;
  /** The version of HTTP: 1.1 or 2. */
  readonly http: '1.1' | '2';
  /** Bytes a second. */
  readonly rate?: number;
}

/** Sends a file of zeros, as curl does it. */
async function upload({ bytes, chunked = false, http, rate }: Upload) {
  await host.run(['truncate', '--size', String(bytes), '/tmp/file']);
  const body = chunked ? ['--request', 'POST', '--upload-file', '-'] : ['--data-binary', '@/tmp/file'];
  const pace = rate === undefined ? [] : ['--limit-rate', String(rate)];
  const output = await admin.curl(
    [`--http${http}`, '--include', '--header', 'Expect:', ...pace, ...body],
    '/_matrix/media/v3/upload?filename=file',
    chunked ? '\0'.repeat(bytes) : '',
  );
  const [head = '', text = ''] = output.split('\r\n\r\n').slice(-2);
  return {
    status: Number(head.split(' ')[1]),
    forBrowsers: /^access-control-allow-origin: \*$/im.test(head),
    errcode: JSON.parse(text).errcode,
  };
}

describe.each(['1.1', '2'] as const)('an upload by HTTP/%s', (http) => {
  it.each([limit - 1, limit])('of %i bytes must be taken', async (bytes) => {
    expect(await upload({ bytes, http })).toMatchObject({ status: 200 });
  });

  it.each([
    ['a byte more than is allowed', { bytes: limit + 1 }],
    ['a byte more, of which nobody said before how much comes', { bytes: limit + 1, chunked: true }],
    ['five times as much', { bytes: 5 * limit }],
    ['five times as much, of which nobody said so before', { bytes: 5 * limit, chunked: true }],
    ['a byte more over a slow line', { bytes: limit + 1, rate: 8 * 2 ** 20 }],
    ['far more over a slow line', { bytes: 5 * limit, rate: 2 ** 20 }],
  ])('of %s must be refused as the protocol says', async (_case, request) => {
    expect(await upload({ ...request, http })).toEqual({
      status: 413,
      forBrowsers: true,
      errcode: 'M_TOO_LARGE',
    });
  });
});
