import { afterEach, describe, expect, test } from 'vitest';
import { type Serving, serveFiles } from '../../../src/host/serve.ts';

const files = {
  '/': { type: 'text/html', body: 'page' },
  '/a.crt': { type: 'x', body: Buffer.from([1, 2]) },
};
const local = { address: '127.0.0.1', port: 0 };
let serving: Serving | undefined;
afterEach(() => serving?.close());

describe('files that are served', () => {
  test.each([
    ['GET', '/', 200, 'page'],
    ['HEAD', '/', 200, ''],
    ['GET', '/a.crt', 200, '\u0001\u0002'],
    ['GET', '/a.crt?x', 404, 'Not here.\n'],
    ['GET', '/toString', 404, 'Not here.\n'],
    ['POST', '/', 405, 'Not here.\n'],
  ])('%s %s must be answered with %d', async (method, path, status, body) => {
    serving = await serveFiles(files, local);
    const answer = await fetch(`${serving.url}${path}`, { method });
    expect({ status: answer.status, body: await answer.text() }).toEqual({ status, body });
  });

  test('must be refused on a port that is taken, and gone when they are closed', async () => {
    serving = await serveFiles(files, local);
    const { url } = serving;
    await expect(serveFiles(files, { ...local, port: Number(new URL(url).port) })).rejects.toMatchObject({
      code: 'certificates.port',
    });
    serving.close();
    await expect(fetch(url)).rejects.toThrow();
  });
});
