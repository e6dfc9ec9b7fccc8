import { createSocket } from 'node:dgram';
import { describe, expect, onTestFinished, test } from 'vitest';
import { askNameServers } from '../../../src/host/name-servers.ts';
import { nodeWarnings } from '../../fakes/warnings.ts';

type Answer = 'address' | 'no such name' | 'failure' | 'silence';

/** A name server that gives its answers in turn, and the last of them forever (RFC 1035, section 4). */
async function nameServer(...answers: Answer[]) {
  const socket = createSocket('udp4');
  const heard: number[] = [];
  socket.on('message', (query, from) => {
    const answer = answers[Math.min(heard.length, answers.length - 1)];
    heard.push(performance.now());
    if (answer !== 'silence') {
      socket.send(reply(query, answer), from.port, from.address);
    }
  });
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  onTestFinished(() => void socket.close());
  return { address: `127.0.0.1:${socket.address().port}`, heard };
}

function reply(query: Buffer, answer: Answer | undefined): Buffer {
  const code = { address: 0, 'no such name': 3, failure: 2, silence: 0 }[answer ?? 'silence'];
  const question = query.subarray(12, query.indexOf(0, 12) + 5);
  const header = Buffer.from(query.subarray(0, 12));
  header.writeUInt16BE(0x8180 | code, 2);
  header.writeUInt16BE(answer === 'address' ? 1 : 0, 6);
  // No additional records, such as the extension that was asked with.
  header.writeUInt16BE(0, 10);
  const record = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 7]);
  return Buffer.concat(answer === 'address' ? [header, question, record] : [header, question]);
}

async function ask(servers: readonly { address: string }[], signal?: AbortSignal) {
  const begun = performance.now();
  const answer = await askNameServers((resolver) => resolver.resolve4('matrix.example'), {
    servers: servers.map(({ address }) => address),
    signal,
  }).catch((error: NodeJS.ErrnoException) => error.code);
  return { answer, milliseconds: performance.now() - begun };
}

describe('a question to name servers', () => {
  test('must be answered by the first that answers, whichever is silent', async () => {
    const { answer, milliseconds } = await ask([await nameServer('silence'), await nameServer('address')]);
    expect(answer).toEqual(['192.0.2.7']);
    expect(milliseconds).toBeLessThan(5000);
  });

  test('must be asked again soon where a packet was lost', async () => {
    const server = await nameServer('silence', 'address');
    const { answer, milliseconds } = await ask([server]);
    expect(answer).toEqual(['192.0.2.7']);
    expect(milliseconds).toBeLessThan(5000);
    expect(server.heard.length).toBeGreaterThan(1);
  });

  test('must have no records for a name that does not exist', async () => {
    expect((await ask([await nameServer('no such name')])).answer).toEqual([]);
  });

  test('must be answered although another server fails', async () => {
    const servers = [await nameServer('failure'), await nameServer('silence', 'address')];
    expect((await ask(servers)).answer).toEqual(['192.0.2.7']);
  });

  test('must fail with the code of the server, at once, where all fail', async () => {
    const { answer, milliseconds } = await ask([await nameServer('failure')]);
    expect(answer).toBe('ESERVFAIL');
    expect(milliseconds).toBeLessThan(5000);
  });

  test('must fail after some seconds where nobody answers', async () => {
    const { answer, milliseconds } = await ask([await nameServer('silence'), await nameServer('silence')]);
    expect(answer).toBe('ETIMEOUT');
    expect(milliseconds).toBeLessThan(10_000);
  });

  test('must be asked of many servers without a warning of Node', async () => {
    const warnings = nodeWarnings();
    const silent = await Promise.all(Array.from({ length: 3 }, () => nameServer('silence')));
    await ask([...silent, await nameServer('silence', 'address')]);
    expect(warnings).toEqual([]);
  });

  test('must end when it is interrupted', async () => {
    const interrupt = new AbortController();
    const asking = ask([await nameServer('silence')], interrupt.signal);
    interrupt.abort();
    expect((await asking).milliseconds).toBeLessThan(5000);
  });
});
