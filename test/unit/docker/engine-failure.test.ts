import { describe, expect, test } from 'vitest';
import { connectEngine } from '../../../src/docker/dockerode-engine.ts';
import { engineSocket } from '../../../src/docker/engine-socket.ts';
import { PreflightError, UserError } from '../../../src/errors.ts';
import { engineAt, unhelpful } from '../../fakes/engine-socket.ts';

/** An engine that answers a ping, and everything else like this. */
async function engine(status: number, body: string, patience = 1) {
  const socketPath = await engineAt((request, response) => {
    const isPing = request.url === '/_ping';
    response.writeHead(isPing ? 200 : status, { 'content-type': 'application/json' });
    response.end(isPing ? 'OK' : body);
  });
  return connectEngine({ socketPath, namedBy: undefined }, { patience });
}

describe('what the engine refuses', () => {
  test.each([
    [400, 'docker.refused'],
    [404, 'docker.gone'],
    [409, 'docker.refused'],
    [500, 'docker.refused'],
  ])('with %i must be told in its words', async (status, code) => {
    const { start } = await engine(status, '{"message":"no such thing"}');
    const failure = await start('a').catch((error) => error);
    expect(failure).toBeInstanceOf(UserError);
    expect(failure).toMatchObject({
      code,
      message: 'Docker refused to start a container: no such thing',
      hint: expect.stringContaining('run the command again'),
    });
  });
});

describe('a container that is to be removed', () => {
  const refusals = {
    'which another caller has removed': { status: 404, message: 'No such container: a' },
    'which is being removed for another caller': {
      status: 409,
      message: 'removal of container a is already in progress',
    },
  };

  test.each(Object.entries(refusals))('%s must be gone afterwards', async (_, { status, message }) => {
    const asked: (string | undefined)[] = [];
    const socketPath = await engineAt(({ method, url }, response) => {
      asked.push(`${method} ${url}`);
      if (method !== 'DELETE') return response.end(url === '/_ping' ? 'OK' : '{"StatusCode":0}');
      response.writeHead(status, { 'content-type': 'application/json' });
      return response.end(JSON.stringify({ message }));
    });
    const { remove } = await connectEngine({ socketPath, namedBy: undefined });
    await remove('a');
    expect(asked.some((call) => call?.includes('/wait?condition=removed'))).toBe(status === 409);
  });

  test('must not be said to be gone where the engine keeps it', async () => {
    const { remove } = await engine(409, '{"message":"container is in use"}');
    await expect(remove('a')).rejects.toMatchObject({ code: 'docker.refused' });
  });
});

test('what the engine refuses must be told in its words where no client library reads it', async () => {
  const socketPath = await engineAt((_request, response) => response.writeHead(500).end('no space left'));
  const { containers } = engineSocket({ socketPath, namedBy: undefined });
  await expect(containers('p')).rejects.toMatchObject({ code: 'docker.refused' });
  await expect(containers('p')).rejects.toThrow('no space left');
});

describe('an engine that is not there', () => {
  test('must be told so before anything is done', async () => {
    const gone = connectEngine({ socketPath: '/nonexistent/docker.sock', namedBy: 'DOCKER_HOST' });
    await expect(gone).rejects.toBeInstanceOf(PreflightError);
  });

  test('must be told so in the middle of its answer', async () => {
    const socketPath = await engineAt((request, response) => {
      if (request.url === '/_ping') {
        response.end('OK');
      } else {
        request.socket.destroy();
      }
    });
    const { version } = await connectEngine({ socketPath, namedBy: undefined });
    await expect(version()).rejects.toMatchObject({ code: 'docker.unreachable', exitCode: 1 });
  });
});

describe('an engine that goes on answering without an end', () => {
  test('must be cut off', async () => {
    const socketPath = await engineAt((request, response) =>
      request.url === '/_ping' ? response.end('OK') : unhelpful['never stops answering'](request, response),
    );
    const { version } = await connectEngine({ socketPath, namedBy: undefined });
    await expect(version()).rejects.toThrow('the answer is longer than 32 MiB');
  });
});

/** What an engine does with an exec or a pull that hangs: the connection stays, and nothing comes. */
async function hanging(interrupt: AbortSignal, patience: number) {
  const socketPath = await engineAt(({ url, method }, response) => {
    if (method === 'POST' && url?.startsWith('/images/create')) {
      response.writeHead(200).write('{"status":"Pulling"}\n');
    } else {
      response.end(url === '/_ping' ? 'OK' : '{"Id":"x"}');
    }
  });
  return connectEngine({ socketPath, namedBy: undefined }, { signal: interrupt, patience });
}

describe('a pull of which no news comes', () => {
  test('must be given up', async () => {
    const { pull } = await hanging(new AbortController().signal, 0.01);
    await expect(pull('a:1')).rejects.toThrow('Docker does not answer: nothing came for 1.2 s');
  });

  test('must end with an interrupt', async () => {
    const interrupt = new AbortController();
    const { pull } = await hanging(interrupt.signal, 1);
    const pulling = pull('a:1', () => undefined);
    interrupt.abort();
    await expect(pulling).rejects.toMatchObject({ exitCode: 130 });
  });

  test('must end by the signal that it was given later, and not by the first', async () => {
    const [first, later] = [new AbortController(), new AbortController()];
    const engine = (await hanging(first.signal, 1)).until(later.signal);
    first.abort();
    const pulling = engine.pull('a:1');
    later.abort();
    await expect(pulling).rejects.toMatchObject({ exitCode: 130 });
  });
});
